package org.culebra.storage.nbd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.EOFException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.culebra.block.BlockOperation;
import org.culebra.block.BlockRequest;
import org.culebra.block.Patterns;
import org.culebra.block.QueueDriver;
import org.culebra.block.Seeds;
import org.culebra.linux.Errno;
import org.culebra.storage.Lines;
import org.culebra.storage.TargetOptions;
import org.culebra.storage.nbd.Conversation.Request;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a queue says to a server, and how it takes every honest way to answer. */
@Timeout(30)
class NbdQueueTest {
  private static final int SIZE = 64 << 20;
  private static final int PLAIN = TransmissionFlags.HAS_FLAGS;
  private static final int FLUSH_ONLY = PLAIN | TransmissionFlags.SEND_FLUSH;

  private final Lines lines = new Lines();

  private NbdDevice active(ScriptedPeer peer) throws IOException {
    NbdDevice device = new NbdDevice(peer.target(), TargetOptions.of(lines));
    device.activate();
    return device;
  }

  private static BlockRequest request(
      BlockOperation operation, long offset, Canary memory, int length, long tag) {
    BlockRequest request = new BlockRequest().set(operation, offset, length, 0);
    return request.memory(memory.vector(), 0).tag(tag);
  }

  /** Answers requests without payload and writes with success until the client leaves. */
  private static List<Request> acknowledge(Conversation c, List<Request> seen) throws IOException {
    Request request = c.request();
    while (request.type() != Command.DISC) {
      seen.add(request);
      c.simple(0, request.cookie());
      request = c.request();
    }
    seen.add(request);
    return seen;
  }

  // C8: flags of each operation
  @Test
  void shouldSendEachOperationWithItsFlags() throws Exception {
    List<Request> seen = Collections.synchronizedList(new ArrayList<>());
    ScriptedPeer.Script script =
        c -> {
          c.handshake(SIZE, Conversation.ALL_FLAGS, true);
          acknowledge(c, seen);
        };
    try (ScriptedPeer peer = new ScriptedPeer(script);
        NbdDevice device = active(peer)) {
      try (QueueDriver queue = new QueueDriver(device, 1)) {
        byte[] written = Patterns.bytes(Seeds.random("flags"), 4096);
        assertEquals(0, queue.write(512, written, BlockRequest.FUA));
        assertEquals(0, queue.execute(BlockOperation.FLUSH, 0, 0, 0));
        assertEquals(0, queue.execute(BlockOperation.DISCARD, 1024, 2048, 0));
        int fast = BlockRequest.UNMAP | BlockRequest.NO_FALLBACK | BlockRequest.FUA;
        assertEquals(0, queue.execute(BlockOperation.WRITE_ZEROES, 0, 512, fast));
        assertEquals(0, queue.execute(BlockOperation.WRITE_ZEROES, 0, 512, 0));
        Patterns.assertSame(written, seen.get(0).payload(), "written");
      }
      device.deactivate();
      Lines.await("the farewell", () -> seen.size() == 7);
    }
    List<String> expected =
        List.of(
            "1 1 512+4096",
            "3 0 0+0",
            "4 0 1024+2048",
            "6 17 0+512",
            "6 2 0+512",
            "3 0 0+0",
            "2 0 0+0");
    assertEquals(expected, seen.stream().map(NbdQueueTest::shown).toList());
    lines.assertNone();
  }

  private static String shown(Request r) {
    return r.type() + " " + r.flags() + " " + r.offset() + "+" + r.length();
  }

  @Test
  void shouldSendAFlushInPlaceOfFua() throws Exception {
    List<Request> seen = Collections.synchronizedList(new ArrayList<>());
    ScriptedPeer.Script script =
        c -> {
          c.handshake(SIZE, FLUSH_ONLY, false);
          acknowledge(c, seen);
        };
    try (ScriptedPeer peer = new ScriptedPeer(script);
        NbdDevice device = active(peer)) {
      try (QueueDriver queue = new QueueDriver(device, 1)) {
        assertEquals(0, queue.write(512, new byte[512], BlockRequest.FUA));
        assertEquals(2, seen.size(), "the write completes after its flush");
      }
      assertEquals(
          List.of("1 0 512+512", "3 0 0+0"), seen.stream().map(NbdQueueTest::shown).toList());
    }
  }

  @Test
  void shouldCompleteAloneWhatTheServerLacks() throws Exception {
    ScriptedPeer.Script script =
        c -> {
          c.handshake(SIZE, PLAIN, false);
          c.silence();
        };
    try (ScriptedPeer peer = new ScriptedPeer(script);
        NbdDevice device = active(peer);
        QueueDriver queue = new QueueDriver(device, 1)) {
      assertEquals(0, queue.execute(BlockOperation.FLUSH, 0, 0, 0));
      assertEquals(-Errno.EOPNOTSUPP, queue.execute(BlockOperation.DISCARD, 0, 512, 0));
      assertEquals(-Errno.EOPNOTSUPP, queue.execute(BlockOperation.WRITE_ZEROES, 0, 512, 0));
    }
  }

  @Test
  void shouldSplitAboveTheMaximumAndCompleteOnceWithTheFirstError() throws Exception {
    List<Request> seen = Collections.synchronizedList(new ArrayList<>());
    ScriptedPeer.Script script =
        c -> {
          // 200 KiB isn't a multiple of the preferred 64 KiB: parts are 192 KiB.
          byte[] sizes = Conversation.sizesInfo(512, 65536, 200 << 10);
          c.handshake(SIZE, Conversation.ALL_FLAGS, true, sizes);
          while (true) {
            Request request = c.request();
            seen.add(request);
            int error = request.offset() == 384 << 10 ? NbdError.ENOSPC : 0;
            c.simple(error, request.cookie());
          }
        };
    try (ScriptedPeer peer = new ScriptedPeer(script);
        NbdDevice device = active(peer);
        QueueDriver queue = new QueueDriver(device, 2)) {
      byte[] written = Patterns.bytes(Seeds.random("split"), 1 << 20);
      assertEquals(-Errno.ENOSPC, queue.write(0, written, 0));
      assertTrue(seen.size() >= 3 && seen.size() <= 5, "no new parts after the error");
      seen.clear();
      assertEquals(0, queue.write(1 << 20, written, 0));
      assertEquals(6, seen.size());
      byte[] received = new byte[1 << 20];
      for (Request part : seen) {
        assertTrue(part.length() <= 192 << 10, shown(part));
        int at = (int) part.offset() - (1 << 20);
        System.arraycopy(part.payload(), 0, received, at, part.payload().length);
      }
      Patterns.assertSame(written, received, "the parts");
      seen.clear();
      assertEquals(0, queue.execute(BlockOperation.DISCARD, 2 << 20, 1 << 20, 0));
      assertEquals(6, seen.size());
    }
  }

  @Test
  void shouldTakeRepliesAndChunksInAnyOrder() throws Exception {
    byte[] first = Patterns.bytes(Seeds.random("order 1"), 8192);
    byte[] second = Patterns.bytes(Seeds.random("order 2"), 8192);
    java.util.Arrays.fill(first, 1000, 3000, (byte) 0);
    ScriptedPeer.Script script =
        c -> {
          c.handshake(SIZE, PLAIN | TransmissionFlags.READ_ONLY, true);
          long a = c.request().cookie();
          long b = c.request().cookie();
          int data = ReplyChunk.OFFSET_DATA;
          c.chunk(0, data, a, Conversation.data(3000, slice(first, 3000, 8192)));
          c.chunk(0, data, b, Conversation.data(8192 + 1, slice(second, 1, 8191)));
          c.chunk(0, ReplyChunk.OFFSET_HOLE, a, Conversation.hole(1000, 2000));
          c.chunk(0, data, b, Conversation.data(8192 + 8191, slice(second, 8191, 8192)));
          c.chunk(ReplyChunk.DONE, data, b, Conversation.data(8192, slice(second, 0, 1)));
          c.chunk(0, data, a, Conversation.data(0, slice(first, 0, 1000)));
          c.chunk(ReplyChunk.DONE, ReplyChunk.NONE, a, new byte[0]);
          c.silence();
        };
    try (ScriptedPeer peer = new ScriptedPeer(script);
        NbdDevice device = active(peer);
        QueueDriver queue = new QueueDriver(device, 2)) {
      Canary one = new Canary(8, 1024);
      Canary two = new Canary(4, 2048);
      queue.submit(
          request(BlockOperation.READ, 0, one, 8192, 1),
          request(BlockOperation.READ, 8192, two, 8192, 2));
      queue.drain();
      Patterns.assertSame(first, one.bytes(), "first");
      Patterns.assertSame(second, two.bytes(), "second");
      one.assertSurroundingsUntouched();
      two.assertSurroundingsUntouched();
      assertEquals(0, ((NbdQueue) queue.queue()).copiedBytes());
      lines.assertNone();
    }
  }

  private static byte[] slice(byte[] bytes, int from, int to) {
    return java.util.Arrays.copyOfRange(bytes, from, to);
  }

  @Test
  void shouldMapErrorsAndKeepTheConnection() throws Exception {
    ScriptedPeer.Script script =
        c -> {
          c.handshake(SIZE, PLAIN, true);
          int done = ReplyChunk.DONE;
          c.chunk(done, ReplyChunk.ERROR, c.request().cookie(), Conversation.error(5, "medium"));
          c.chunk(done, ReplyChunk.ERROR_OFFSET, c.request().cookie(), Conversation.errorAt(12, 9));
          c.chunk(done, 0x8077, c.request().cookie(), Conversation.error(28, "unknown type"));
          long last = c.request().cookie();
          c.chunk(0, ReplyChunk.ERROR, last, Conversation.error(4242, ""));
          c.chunk(0, ReplyChunk.OFFSET_DATA, last, Conversation.data(0, 512, 1));
          c.chunk(done, ReplyChunk.ERROR, last, Conversation.error(1, ""));
          c.simple(75, c.request().cookie());
          c.silence();
        };
    try (ScriptedPeer peer = new ScriptedPeer(script);
        NbdDevice device = active(peer);
        QueueDriver queue = new QueueDriver(device, 1)) {
      Canary memory = new Canary(1, 512);
      int[] expected = {Errno.EIO, Errno.ENOMEM, Errno.ENOSPC, Errno.EINVAL};
      for (int errno : expected) {
        assertEquals(-errno, queue.execute(request(BlockOperation.READ, 0, memory, 512, 1)));
      }
      assertEquals(-Errno.EOVERFLOW, queue.write(0, new byte[512], 0));
      lines.assertNone();
    }
  }

  // C8: back-pressure. The server reads nothing until the socket is full many times over.
  @Test
  void shouldGoOnWhenTheSocketHasRoomAgain() throws Exception {
    CountDownLatch goOn = new CountDownLatch(1);
    AtomicInteger wrong = new AtomicInteger();
    byte[] pattern = Patterns.bytes(Seeds.random("pressure"), 1 << 20);
    ScriptedPeer.Script script =
        c -> {
          c.handshake(SIZE, PLAIN, false);
          await(goOn);
          for (int i = 0; i < 16; i++) {
            Request request = c.request();
            boolean same = java.util.Arrays.equals(pattern, request.payload());
            wrong.addAndGet(same && request.offset() == (long) i << 20 ? 0 : 1);
            c.simple(0, request.cookie());
          }
          c.silence();
        };
    try (ScriptedPeer peer = new ScriptedPeer(script);
        NbdDevice device = active(peer);
        QueueDriver queue = new QueueDriver(device, 16)) {
      Canary memory = new Canary(256, 4096);
      memory.put(pattern);
      BlockRequest[] writes = new BlockRequest[16];
      for (int i = 0; i < writes.length; i++) {
        writes[i] = request(BlockOperation.WRITE, (long) i << 20, memory, 1 << 20, i);
      }
      queue.submit(writes);
      assertTrue(queue.queue().prepareWait());
      assertEquals(0, queue.epoll().await(50_000_000L), "sleeps while the socket is full");
      goOn.countDown();
      queue.drain();
      assertEquals(0, wrong.get());
      assertEquals(0, queue.result(15));
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      assertTrue(latch.await(20, TimeUnit.SECONDS));
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void shouldNotCompleteAWriteBeforeItIsWhollySent() throws Exception {
    CountDownLatch goOn = new CountDownLatch(1);
    ScriptedPeer.Script script =
        c -> {
          c.handshake(SIZE, PLAIN, false);
          long cookie = c.receive(28).getLong(8);
          c.simple(NbdError.ENOSPC, cookie);
          await(goOn);
          c.receive(8 << 20);
          c.simple(NbdError.EPERM, c.request().cookie());
          c.silence();
        };
    try (ScriptedPeer peer = new ScriptedPeer(script);
        NbdDevice device = active(peer);
        QueueDriver queue = new QueueDriver(device, 2)) {
      Canary memory = new Canary(8, 1 << 20);
      queue.submit(request(BlockOperation.WRITE, 0, memory, 8 << 20, 1));
      assertTrue(queue.queue().prepareWait());
      assertEquals(1, queue.epoll().await(5_000_000_000L), "the early reply");
      assertEquals(0, queue.poll(), "its memory is still being sent");
      goOn.countDown();
      queue.drain();
      assertEquals(-Errno.ENOSPC, queue.result(1));
      assertEquals(-Errno.EPERM, queue.write(0, new byte[512], 0), "the stream is in step");
    }
  }

  @Test
  void shouldConnectAgainWhenTheServerWentAwayWhileNoQueueWasOpen() throws Exception {
    CountDownLatch gone = new CountDownLatch(1);
    AtomicInteger clients = new AtomicInteger();
    List<Request> seen = new CopyOnWriteArrayList<>();
    ScriptedPeer.Script script =
        c -> {
          c.handshake(SIZE, FLUSH_ONLY | TransmissionFlags.CAN_MULTI_CONN, false);
          if (clients.incrementAndGet() == 1) {
            c.hangUp();
            gone.countDown();
          } else {
            acknowledge(c, seen);
          }
        };
    try (ScriptedPeer peer = new ScriptedPeer(script);
        NbdDevice device = active(peer)) {
      await(gone);
      try (QueueDriver queue = new QueueDriver(device, 1)) {
        assertEquals(0, queue.write(0, new byte[512], 0));
      }
      lines.assertOne("the connection was lost while no queue used it");
      assertEquals(2, clients.get());
      assertEquals(Command.WRITE, seen.getFirst().type());
    }
  }

  @Test
  void shouldLeaveSoftlyWhenTheServerShutsDown() throws Exception {
    CountDownLatch left = new CountDownLatch(1);
    ScriptedPeer.Script script =
        c -> {
          c.handshake(SIZE, FLUSH_ONLY, false);
          long first = c.request().cookie();
          long second = c.request().cookie();
          c.simple(NbdError.ESHUTDOWN, first);
          c.simple(0, second);
          assertEquals(Command.DISC, c.request().type());
          assertThrows(EOFException.class, () -> c.receive(1));
          left.countDown();
        };
    try (ScriptedPeer peer = new ScriptedPeer(script)) {
      NbdDevice device = active(peer);
      try (QueueDriver queue = new QueueDriver(device, 2)) {
        queue.submit(
            request(BlockOperation.WRITE, 0, new Canary(1, 512), 512, 1),
            request(BlockOperation.WRITE, 0, new Canary(1, 512), 512, 2));
        queue.drain();
        assertEquals(-Errno.ESHUTDOWN, queue.result(1));
        assertEquals(0, queue.result(2));
        assertEquals(-Errno.ESHUTDOWN, queue.execute(BlockOperation.FLUSH, 0, 0, 0));
        await(left);
      }
      lines.assertOne("the server shuts down");
      assertFalse(lines.toString().contains("requests failed"));
    }
  }

  @Test
  void shouldCancelWhatTheServerNeverAnswers() throws Exception {
    ScriptedPeer.Script script =
        c -> {
          c.handshake(SIZE, PLAIN, true);
          c.silence();
        };
    try (ScriptedPeer peer = new ScriptedPeer(script);
        NbdDevice device = active(peer)) {
      QueueDriver queue = new QueueDriver(device, 4);
      Canary memory = new Canary(1, 4096);
      queue.submit(
          request(BlockOperation.READ, 0, memory, 4096, 1),
          request(BlockOperation.WRITE, 0, memory, 4096, 2));
      assertEquals(0, queue.poll());
      queue.queue().cancel();
      queue.drain();
      assertEquals(-Errno.ECANCELED, queue.result(1));
      assertEquals(-Errno.ECANCELED, queue.result(2));
      memory.assertUntouched();
      queue.close();
      lines.assertNone();
    }
  }

  @Test
  void shouldRefuseAReplyToARequestThatIsNotMadeYet() throws Exception {
    ScriptedPeer.Script script =
        c -> {
          c.handshake(SIZE, FLUSH_ONLY, false);
          long flush = c.request().cookie();
          // The reply to a read that isn't sent yet: its cookie is generation 1 of slot 1.
          java.nio.ByteBuffer both = Conversation.buffer(16 + 16 + 512);
          both.putInt(SimpleReply.MAGIC).putInt(0).putLong(flush);
          both.putInt(SimpleReply.MAGIC).putInt(0).putLong(1L << 32 | 1).put(new byte[512]);
          c.send(both);
          c.silence();
        };
    try (ScriptedPeer peer = new ScriptedPeer(script)) {
      NbdDevice device = active(peer);
      try (QueueDriver queue = new QueueDriver(device, 2)) {
        BlockRequest flush = new BlockRequest().set(BlockOperation.FLUSH, 0, 0, 0).tag(1);
        queue.submit(flush);
        assertTrue(queue.queue().prepareWait());
        queue.epoll().await(5_000_000_000L);
        queue.drain();
        lines.assertOne("reply cookie 0x100000001: of no request in flight");
      }
    }
  }
}
