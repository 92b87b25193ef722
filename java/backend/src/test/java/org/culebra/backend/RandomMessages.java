package org.culebra.backend;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.SplittableRandom;
import org.culebra.frontend.FrontEnd;
import org.culebra.linux.EventFd;
import org.culebra.linux.Fd;
import org.culebra.linux.Mapping;
import org.culebra.linux.MemFd;
import org.culebra.linux.Memory;
import org.culebra.vhostuser.RequestType;

/** A front-end that says plausible things in any order, with descriptors, by a seed. */
final class RandomMessages implements AutoCloseable {
  /** What its memory is called in /proc/self/maps. */
  static final String MEMORY = "random-messages";

  private static final int MEMORY_BYTES = 1 << 20;
  private static final int REGION_BYTES = MEMORY_BYTES / 4;
  private static final long GUEST_BASE = 0x4000_0000L;
  private static final long USER_BASE = 0x7654_0000_0000L;
  private static final int QUEUES = 3;
  private static final int QUEUE_SIZE = 64;
  private static final int NEED_REPLY = 8;

  /** What its memory is full of: request headers. */
  private static final int[] TYPES = {0, 1, 4, 8, 11, 13, 99};

  private static final long FEATURES = 1L << 32 | 1L << 30 | 1L << 28;
  private static final long PROTOCOL_FEATURES =
      1L | 1L << 3 | 1L << 5 | 1L << 9 | 1L << 13 | 1L << 15;

  private final SplittableRandom random;
  private final int memory = MemFd.create(MEMORY, MEMORY_BYTES);
  private final int eventFd = EventFd.open();
  private final int blockingEventFd = EventFd.open();
  private final Mapping mapping = Mapping.map(memory, 0, MEMORY_BYTES, true);
  private FrontEnd frontEnd;

  RandomMessages(long seed) throws IOException {
    random = new SplittableRandom(seed);
    Fd.setNonBlocking(blockingEventFd, false);
    for (long at = mapping.address(); at < mapping.address() + MEMORY_BYTES; at += 16) {
      Memory.putInt(at, TYPES[random.nextInt(TYPES.length)]);
      Memory.putLong(at + 8, random.nextInt(1 << 11));
    }
  }

  /** Sends a set-up that is right, most of the times, then anything. */
  void run(FrontEnd connected, int count) throws IOException {
    frontEnd = connected;
    if (random.nextInt(4) > 0) {
      send(RequestType.SET_PROTOCOL_FEATURES, 0, new long[] {PROTOCOL_FEATURES});
      send(RequestType.SET_FEATURES, 0, new long[] {FEATURES});
      addRegion(0);
      for (int queue = 0; queue < QUEUES; queue++) {
        send(RequestType.SET_VRING_NUM, 0, state(queue, QUEUE_SIZE));
        send(RequestType.SET_VRING_ADDR, 0, address(queue, 0));
        send(RequestType.SET_VRING_KICK, 0, new long[] {queue}, eventFd);
        send(RequestType.SET_VRING_ENABLE, 0, state(queue, 1));
      }
    }
    for (int i = 0; i < count; i++) {
      scribble();
      sendAny(random.nextInt(3) == 0 ? 0 : NEED_REPLY);
    }
    if (random.nextBoolean()) {
      frontEnd.sendRaw(new byte[1 + random.nextInt(11)], memory);
    }
  }

  private static long[] state(int index, int num) {
    return new long[] {(long) num << 32 | index};
  }

  private long[] address(int queue, int region) {
    long base = USER_BASE + (long) region * REGION_BYTES + queue * 4096L;
    return new long[] {queue, base, base + 2048, base + 1024, 0};
  }

  private void addRegion(int region) throws IOException {
    send(RequestType.ADD_MEM_REG, NEED_REPLY, region(region), memory);
  }

  private static long[] region(int region) {
    long offset = (long) region * REGION_BYTES;
    return new long[] {0, GUEST_BASE + offset, REGION_BYTES, USER_BASE + offset, offset};
  }

  private int queue() {
    return random.nextInt(20) == 0 ? random.nextInt(300) : random.nextInt(QUEUES);
  }

  private int anyFd() {
    return switch (random.nextInt(12)) {
      case 0 -> memory;
      case 1 -> blockingEventFd;
      default -> eventFd;
    };
  }

  private void sendAny(int flags) throws IOException {
    int queue = queue();
    int region = random.nextInt(4);
    switch (random.nextInt(24)) {
      case 0 -> send(RequestType.SET_VRING_NUM, flags, state(queue, 1 << random.nextInt(12)));
      case 1 -> send(RequestType.SET_VRING_BASE, flags, state(queue, random.nextInt(70_000)));
      case 2, 3 -> send(RequestType.SET_VRING_ADDR, flags, address(queue, region));
      case 4, 5, 6 -> send(RequestType.SET_VRING_KICK, flags, new long[] {queue}, anyFd());
      case 7 -> send(RequestType.SET_VRING_KICK, flags, new long[] {queue | 0x100});
      case 8 -> send(RequestType.SET_VRING_CALL, flags, new long[] {queue}, anyFd());
      case 9 -> send(RequestType.SET_VRING_ERR, flags, new long[] {queue}, anyFd());
      case 10, 11 -> send(RequestType.SET_VRING_ENABLE, flags, state(queue, random.nextInt(2)));
      case 12, 13 -> send(RequestType.GET_VRING_BASE, flags, state(queue, 0));
      case 14, 15 -> addRegion(region);
      case 16 -> send(RequestType.REM_MEM_REG, flags, region(region));
      case 17 -> {
        long[] first = region(region);
        first[0] = 1;
        send(RequestType.SET_MEM_TABLE, flags, first, memory);
      }
      case 18 -> send(RequestType.GET_CONFIG, flags, config(), 60);
      case 19 -> send(RequestType.SET_BACKEND_REQ_FD, flags, new long[0], anyFd());
      case 20 -> send(RequestType.GET_FEATURES, flags, new long[0]);
      case 21 -> sometimes(RequestType.RESET_DEVICE, flags);
      case 22 -> send(RequestType.SET_FEATURES, flags, new long[] {FEATURES & random.nextLong()});
      default -> sendUnlikely(flags);
    }
  }

  private void sometimes(RequestType type, int flags) throws IOException {
    if (random.nextInt(4) == 0) {
      send(type, flags, new long[0]);
    }
  }

  private static long[] config() {
    return new long[] {60L << 32, 0, 0, 0, 0, 0, 0, 0, 0};
  }

  /** Any request at all, with any payload and descriptors; it mostly ends the connection. */
  private void sendUnlikely(int flags) throws IOException {
    if (random.nextInt(8) == 0) {
      RequestType[] types = RequestType.values();
      long[] payload = random.longs(random.nextInt(6), 0, 1L << random.nextInt(1, 63)).toArray();
      int[] fds = new int[random.nextInt(3)];
      java.util.Arrays.setAll(fds, i -> anyFd());
      send(types[random.nextInt(types.length)], flags, payload, fds);
    }
  }

  private void send(RequestType type, int flags, long[] payload, int... fds) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(12 + payload.length * 8).order(ByteOrder.nativeOrder());
    int size = type == RequestType.GET_CONFIG ? 12 + 60 : payload.length * 8;
    bytes.putInt(type.id()).putInt(1 | flags).putInt(size);
    for (long word : payload) {
      bytes.putLong(word);
    }
    boolean isConfig = type == RequestType.GET_CONFIG;
    frontEnd.sendRaw(bytes.array(), isConfig ? new int[0] : fds);
  }

  /** Writes plausible descriptors and heads anywhere in the rings, and kicks. */
  private void scribble() {
    long ring =
        mapping.address() + random.nextInt(4) * REGION_BYTES + random.nextInt(QUEUES) * 4096;
    for (int i = 0; i < 8; i++) {
      long descriptor = ring + 16L * random.nextInt(QUEUE_SIZE);
      boolean isFirst = random.nextInt(8) > 0;
      long guest = GUEST_BASE + (random.nextInt((isFirst ? 1 : 4) * REGION_BYTES) & -16);
      Memory.putLong(descriptor, random.nextInt(50) == 0 ? random.nextLong() : guest);
      Memory.putInt(descriptor + 8, random.nextInt(4) * 512 + random.nextInt(2) * 16);
      Memory.putShort(descriptor + 12, random.nextInt(50) == 0 ? 4 : random.nextInt(4));
      Memory.putShort(descriptor + 14, random.nextInt(QUEUE_SIZE));
      Memory.putShort(ring + 1024 + 4 + 2L * i, random.nextInt(QUEUE_SIZE));
    }
    long idx = ring + 1024 + 2;
    Memory.putShortRelease(idx, Memory.getShort(idx) + random.nextInt(3));
    EventFd.signal(eventFd);
  }

  @Override
  public void close() {
    mapping.close();
    Fd.close(memory);
    Fd.close(eventFd);
    Fd.close(blockingEventFd);
  }
}
