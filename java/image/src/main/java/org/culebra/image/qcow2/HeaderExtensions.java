package org.culebra.image.qcow2;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.culebra.image.ImageException;

/** What stands between the header and the end of the first cluster (qcow2: Header extensions). */
final class HeaderExtensions {
  static final long END = 0;
  static final long BACKING_FORMAT = 0xe2792acaL;
  static final long FEATURE_NAMES = 0x6803f857L;
  static final long BITMAPS = 0x23852875L;
  static final int FEATURE_NAME_BYTES = 48;
  private static final int BITMAPS_BYTES = 24;

  String backingFormat;
  long bitmapCount;
  long bitmapDirectoryBytes;
  long bitmapDirectoryOffset;
  final Map<Integer, String> incompatibleNames = new HashMap<>();

  /**
   * Reads the extensions of a header.
   *
   * @param cluster the first cluster, or as much of it as the file has
   * @param start where they begin
   * @param end where the backing file's name begins, or the end of the cluster
   */
  static HeaderExtensions parse(byte[] cluster, int start, int end) throws ImageException {
    HeaderExtensions out = new HeaderExtensions();
    int at = start;
    while (at + 8 <= end) {
      long type = BigEndian.getInt(cluster, at);
      long length = BigEndian.getInt(cluster, at + 4);
      if (type == END) {
        break;
      }
      at += 8;
      if (length > end - at) {
        throw new ImageException(
            String.format(
                "header extension 0x%08x at %d: length %d: passes the end of its area, %d",
                type, at - 8, length, end));
      }
      out.read(type, cluster, at, (int) length);
      at += (int) ((length + 7) & ~7);
    }
    return out;
  }

  private void read(long type, byte[] cluster, int at, int length) throws ImageException {
    if (type == BACKING_FORMAT) {
      backingFormat = new String(cluster, at, length, StandardCharsets.UTF_8);
    } else if (type == FEATURE_NAMES) {
      for (int i = 0; i + FEATURE_NAME_BYTES <= length; i += FEATURE_NAME_BYTES) {
        if (cluster[at + i] == Features.TYPE_INCOMPATIBLE) {
          String name =
              new String(cluster, at + i + 2, FEATURE_NAME_BYTES - 2, StandardCharsets.UTF_8);
          int nul = name.indexOf(0);
          incompatibleNames.put((int) cluster[at + i + 1], nul < 0 ? name : name.substring(0, nul));
        }
      }
    } else if (type == BITMAPS) {
      if (length != BITMAPS_BYTES) {
        throw new ImageException(
            "bitmaps extension: length " + length + ": must be " + BITMAPS_BYTES);
      }
      bitmapCount = BigEndian.getInt(cluster, at);
      bitmapDirectoryBytes = BigEndian.getLong(cluster, at + 8);
      bitmapDirectoryOffset = BigEndian.getLong(cluster, at + 16);
    }
  }
}
