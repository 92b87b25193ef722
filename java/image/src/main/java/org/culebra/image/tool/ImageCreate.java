package org.culebra.image.tool;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.culebra.block.BlockDevice;
import org.culebra.block.SyncIo;
import org.culebra.image.ErrorSink;
import org.culebra.image.ImageException;
import org.culebra.image.ImageFormats;
import org.culebra.image.qcow2.Qcow2CreateOptions;
import org.culebra.image.qcow2.Qcow2CreateOptions.Preallocation;
import org.culebra.image.qcow2.Qcow2Format;

/** Makes images, as qemu-img create does. Blocks. */
public final class ImageCreate {
  private static final Map<String, Preallocation> PREALLOCATIONS = new LinkedHashMap<>();
  private static final Map<String, Integer> VERSIONS = new LinkedHashMap<>();
  private static final int ZEROES_BYTES = 1 << 20;

  static {
    for (Preallocation preallocation : Preallocation.values()) {
      PREALLOCATIONS.put(preallocation.name().toLowerCase(java.util.Locale.ROOT), preallocation);
    }
    VERSIONS.put("0.10", 2);
    VERSIONS.put("1.1", 3);
    VERSIONS.put("v2", 2);
    VERSIONS.put("v3", 3);
  }

  private final FileOpener opener;

  /** Makes one over targets. */
  public ImageCreate(FileOpener opener) {
    this.opener = opener;
  }

  /**
   * What to make.
   *
   * @param target where
   * @param format the format's name
   * @param size as it was written, with a suffix, or null
   * @param options of {@code -o}
   * @param backingFile of {@code -b}, or null
   * @param backingFormat of {@code -F}, or null
   */
  public record Request(
      String target,
      String format,
      String size,
      List<String> options,
      String backingFile,
      String backingFormat) {}

  /**
   * Makes an image; what the target held is lost.
   *
   * @param lines takes one line that says what is made
   * @throws IOException with one line that names the target
   */
  public void create(Request request, Consumer<String> lines) throws IOException {
    try {
      ImageFormats.named(request.format);
      CreateOptions options = new CreateOptions(request.format, request.options);
      options.putIfGiven("size", request.size);
      options.putIfGiven("backing_file", request.backingFile);
      options.putIfGiven("backing_fmt", request.backingFormat);
      if (request.format.equals("raw")) {
        createRaw(request.target, options, lines);
      } else {
        createQcow2(request.target, options, lines);
      }
    } catch (ImageException e) {
      String named = e.getMessage().startsWith(request.target) ? "" : request.target + ": ";
      throw new ImageException(named + e.getMessage());
    }
  }

  private void createRaw(String target, CreateOptions options, Consumer<String> lines)
      throws IOException {
    if (options.get("size", null) == null) {
      throw new ImageException("size: must be given");
    }
    final long asked = options.size("size", null);
    final long size = (asked + 511) & -512L;
    Preallocation preallocation = options.choice("preallocation", "off", PREALLOCATIONS);
    if (preallocation == Preallocation.METADATA) {
      throw new ImageException("option preallocation=metadata: must be off, falloc or full");
    }
    lines.accept("Formatting '" + target + "', fmt=raw size=" + asked);
    try (BlockDevice file = opener.create(target)) {
      file.activate();
      if (file.capabilities().growable()) {
        file.resize(size);
      } else if (file.capacityBytes() < size) {
        throw new ImageException(
            "size " + size + ": the target has " + file.capacityBytes() + " bytes");
      }
      fill(file, size, preallocation);
    }
  }

  private static void fill(BlockDevice file, long size, Preallocation preallocation)
      throws IOException {
    if (preallocation == Preallocation.OFF || size == 0) {
      return;
    }
    try (SyncIo io = new SyncIo(file);
        Arena arena = Arena.ofShared()) {
      if (preallocation == Preallocation.FALLOC && file.capabilities().writeZeroes()) {
        // Without UNMAP: the file system gives it room.
        io.writeZeroes(0, size, 0);
      } else {
        long zeroes = arena.allocate(ZEROES_BYTES, 4096).address();
        for (long at = 0; at < size; at += ZEROES_BYTES) {
          io.write(at, zeroes, Math.min(ZEROES_BYTES, size - at));
        }
      }
      io.flush();
    }
  }

  private void createQcow2(String target, CreateOptions options, Consumer<String> lines)
      throws IOException {
    String backingFile = options.get("backing_file", null);
    String backingFormat = options.get("backing_fmt", null);
    if (backingFile != null && backingFormat == null) {
      throw new ImageException("backing file " + backingFile + ": its format must be given");
    }
    long size =
        options.get("size", null) != null
            ? options.size("size", null)
            : backingSize(target, backingFile, backingFormat);
    Preallocation preallocation = options.choice("preallocation", "off", PREALLOCATIONS);
    Qcow2CreateOptions make =
        new Qcow2CreateOptions(
            size,
            options.choice("compat", "1.1", VERSIONS),
            options.size("cluster_size", "65536"),
            (int) Math.min(options.size("refcount_bits", "16"), Integer.MAX_VALUE),
            options.isOn("lazy_refcounts"),
            preallocation,
            backingFile,
            backingFormat);
    make.check();
    lines.accept(formatting(target, make, options));
    try (BlockDevice file = opener.create(target)) {
      file.activate();
      Qcow2Format.create(file, make);
    }
  }

  private static String formatting(String target, Qcow2CreateOptions make, CreateOptions options) {
    StringBuilder text = new StringBuilder("Formatting '").append(target).append("', fmt=qcow2");
    text.append(" cluster_size=").append(make.clusterSize()).append(" extended_l2=off");
    String preallocation = options.get("preallocation", null);
    text.append(preallocation == null ? "" : " preallocation=" + preallocation);
    text.append(" compression_type=zlib size=").append(make.sizeBytes());
    String compat = options.get("compat", null);
    text.append(compat == null ? "" : " compat=" + compat);
    if (make.backingFile() != null) {
      text.append(" backing_file=").append(make.backingFile());
      text.append(" backing_fmt=").append(make.backingFormat());
    }
    text.append(" lazy_refcounts=").append(make.lazyRefcounts() ? "on" : "off");
    return text.append(" refcount_bits=").append(make.refcountBits()).toString();
  }

  private long backingSize(String target, String name, String format) throws IOException {
    if (name == null) {
      throw new ImageException("size: must be given, or a backing file that has one");
    }
    String backing = opener.backingTarget(target, name);
    try (ImageChain chain = ImageChain.open(opener, backing, format, true, ErrorSink.NONE)) {
      chain.device().activate();
      return chain.device().capacityBytes();
    }
  }
}
