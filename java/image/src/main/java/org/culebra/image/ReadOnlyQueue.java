package org.culebra.image;

import org.culebra.block.BlockQueue;
import org.culebra.block.BlockRequest;
import org.culebra.block.RequestRules;
import org.culebra.linux.Errno;

/** A queue that answers changes with EROFS and passes the rest on. */
final class ReadOnlyQueue extends AnsweringQueue {
  ReadOnlyQueue(BlockQueue below, int depth) {
    super(below, depth);
  }

  @Override
  BlockRequest pass(BlockRequest request) {
    if (RequestRules.isChange(request.operation())) {
      answer(request, -Errno.EROFS);
      return null;
    }
    return request;
  }
}
