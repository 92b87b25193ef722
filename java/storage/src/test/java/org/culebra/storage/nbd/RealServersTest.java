package org.culebra.storage.nbd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import java.util.SplittableRandom;
import org.culebra.block.BlockDevice;
import org.culebra.block.BlockOperation;
import org.culebra.block.BlockRequest;
import org.culebra.block.Limits;
import org.culebra.block.MemoryDevice;
import org.culebra.block.Patterns;
import org.culebra.block.QueueDriver;
import org.culebra.block.Seeds;
import org.culebra.linux.Errno;
import org.culebra.storage.Lines;
import org.culebra.storage.ServerProcess;
import org.culebra.storage.TargetOptions;
import org.culebra.storage.TargetUri;
import org.culebra.storage.Targets;
import org.culebra.storage.node.NodeRunner;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The client with servers that others wrote, in their less usual moods (C2, C3, C8). */
@Timeout(60)
class RealServersTest {
  private final Lines lines = new Lines();

  private BlockDevice active(ServerProcess server) throws IOException {
    return active(server.target(""), TargetOptions.of(lines));
  }

  private static BlockDevice active(TargetUri target, TargetOptions options) throws IOException {
    BlockDevice device = Targets.open(TargetUri.parse(target.toString()), options);
    device.activate();
    return device;
  }

  private static byte[] bytes(int length) {
    return Patterns.bytes(Seeds.random("RealServersTest"), length);
  }

  // The filter fails every request that is unaligned or too long, so success shows that we obey.
  @Test
  void shouldObeyEnforcedSizeConstraints() throws Exception {
    try (ServerProcess server =
            ServerProcess.nbdkit(
                "--filter=blocksize-policy",
                "memory",
                "16M",
                "blocksize-minimum=4096",
                "blocksize-preferred=65536",
                "blocksize-maximum=1M",
                "blocksize-error-policy=error");
        BlockDevice device = active(server);
        QueueDriver queue = new QueueDriver(device, 4)) {
      assertEquals(new Limits(4096, 1, 65536, 65536, 65536), device.limits());
      byte[] written = bytes(5 << 20);
      queue.write(4096, written);
      Patterns.assertSame(written, queue.read(4096, written.length), "5 MiB in parts");
      assertEquals(0, queue.execute(BlockOperation.WRITE_ZEROES, 0, 16 << 20, 0));
      assertEquals(0, ((NbdQueue) queue.queue()).copiedBytes());
    }
  }

  @Test
  void shouldAnswerErrorsOfTheServerAndGoOn() throws Exception {
    try (ServerProcess server =
            ServerProcess.nbdkit(
                "--filter=error",
                "memory",
                "1M",
                "error-pread=ENOSPC",
                "error-pread-rate=1",
                "error-pwrite=EIO",
                "error-pwrite-rate=0");
        BlockDevice device = active(server);
        QueueDriver queue = new QueueDriver(device, 2)) {
      queue.write(0, bytes(4096));
      BlockRequest read = new BlockRequest().set(BlockOperation.READ, 0, 4096, 0).tag(1);
      Canary memory = new Canary(1, 4096);
      assertEquals(-Errno.ENOSPC, queue.execute(read.memory(memory.vector(), 0)));
      memory.assertSurroundingsUntouched();
      queue.write(0, bytes(4096));
      lines.assertNone();
    }
  }

  // nbdkit has 16 threads a connection, so delayed reads are answered in any order.
  @Test
  void shouldMatchRepliesThatComeInAnyOrder() throws Exception {
    try (ServerProcess server =
            ServerProcess.nbdkit(
                "--filter=error",
                "--filter=delay",
                "memory",
                "4M",
                "delay-read=3ms",
                "delay-write=1ms");
        BlockDevice device = active(server);
        QueueDriver queue = new QueueDriver(device, 32)) {
      byte[] all = bytes(1 << 20);
      queue.write(0, all);
      SplittableRandom random = Seeds.random("any order");
      Canary[] memories = new Canary[64];
      long[] offsets = new long[64];
      for (int i = 0; i < 64; i++) {
        queue.awaitOutstanding(31);
        memories[i] = new Canary(1 + random.nextInt(8), 1024);
        int length = memories[i].bytes().length;
        offsets[i] = random.nextInt(all.length - length);
        BlockRequest read = new BlockRequest().set(BlockOperation.READ, offsets[i], length, 0);
        queue.submit(read.memory(memories[i].vector(), 0).tag(i));
      }
      queue.drain();
      for (int i = 0; i < 64; i++) {
        int at = (int) offsets[i];
        byte[] read = memories[i].bytes();
        Patterns.assertSame(java.util.Arrays.copyOfRange(all, at, at + read.length), read, "" + i);
        memories[i].assertSurroundingsUntouched();
      }
      assertEquals(0, ((NbdQueue) queue.queue()).copiedBytes());
    }
  }

  @ParameterizedTest
  @CsvSource({"--mask-handshake=0", "--mask-handshake=1", "--no-sr"})
  void shouldServeFromServersThatOfferLess(String argument) throws Exception {
    try (ServerProcess server = ServerProcess.nbdkit(argument, "memory", "1M");
        BlockDevice device = active(server);
        QueueDriver queue = new QueueDriver(device, 2)) {
      byte[] written = bytes(70_000);
      queue.write(513, written);
      Patterns.assertSame(written, queue.read(513, written.length), argument);
    }
  }

  @Test
  void shouldRefuseOldstyleByName() throws Exception {
    try (ServerProcess server = ServerProcess.nbdkit("-o", "memory", "1M")) {
      IOException e = assertThrows(IOException.class, () -> active(server));
      assertTrue(e.getMessage().contains("oldstyle negotiation"), e.getMessage());
    }
  }

  @Test
  void shouldNameAnExportThatIsNotThere() throws Exception {
    try (ServerProcess server = ServerProcess.qemuNbd(1 << 20, 4, "-x", "there")) {
      TargetOptions options = TargetOptions.of(lines);
      IOException e =
          assertThrows(IOException.class, () -> active(server.target("elsewhere"), options));
      assertTrue(e.getMessage().contains("export \"elsewhere\": not an export"), e.getMessage());
      active(server.target("there"), options).close();
    }
  }

  @Test
  void shouldSayThatNobodyListens() throws Exception {
    ServerProcess server = ServerProcess.nbdkit("memory", "1M");
    server.kill();
    IOException e = assertThrows(IOException.class, () -> active(server));
    assertTrue(e.getMessage().contains("ECONNREFUSED"), e.getMessage());
    server.close();
  }

  // A server that takes one client: the connection is handed on, never doubled.
  @Test
  void shouldUseOneConnectionWithAServerThatTakesOne() throws Exception {
    try (ServerProcess server = ServerProcess.qemuNbd(1 << 20, 1)) {
      try (BlockDevice device = active(server)) {
        for (int i = 0; i < 3; i++) {
          try (QueueDriver queue = new QueueDriver(device, 1)) {
            queue.write(i * 512L, bytes(512));
          }
        }
        try (QueueDriver queue = new QueueDriver(device, 1)) {
          queue.write(0, bytes(512));
          IOException e = assertThrows(IOException.class, () -> device.openQueue(1));
          assertTrue(e.getMessage().contains("1 queues are open"), e.getMessage());
        }
      }
    }
  }

  // C8: the server goes away with requests in flight, and stays away.
  @Test
  void shouldFailWhatIsInFlightWhenTheServerDies() throws Exception {
    ServerProcess server = ServerProcess.nbdkit("--filter=delay", "memory", "1M", "delay-read=60");
    BlockDevice device = active(server);
    try (QueueDriver queue = new QueueDriver(device, 4)) {
      Canary memory = new Canary(1, 4096);
      BlockRequest read = new BlockRequest().set(BlockOperation.READ, 0, 4096, 0).tag(1);
      queue.submit(read.memory(memory.vector(), 0));
      assertEquals(0, queue.poll());
      server.kill();
      queue.drain();
      assertEquals(-Errno.ECONNRESET, queue.result(1));
      memory.assertUntouched();
      assertEquals(-Errno.ECONNRESET, queue.write(0, bytes(512), 0));
      lines.assertOne("the server closed the connection: connection closed, 1 requests failed");
    }
    assertThrows(IOException.class, device::close, "what was written last may be lost");
    server.close();
  }

  // C8, architecture: "Flush spans the disk". qemu-nbd's log of the file would not show it, so the
  // log filter of nbdkit does: the flush on one connection comes after the write on the other.
  @Test
  void shouldFlushOnOneConnectionWhatAnotherWrote() throws Exception {
    try (ServerProcess server =
        ServerProcess.nbdkit("--filter=log", "memory", "1M", "logfile=/dev/stderr")) {
      try (BlockDevice device = active(server);
          QueueDriver first = new QueueDriver(device, 1);
          QueueDriver second = new QueueDriver(device, 1)) {
        assertEquals(16, device.capabilities().queuesMax());
        byte[] written = bytes(4096);
        first.write(0, written);
        assertEquals(0, second.execute(BlockOperation.FLUSH, 0, 0, 0));
        Patterns.assertSame(written, second.read(0, 4096), "on the second connection");
      }
      List<String> log = java.nio.file.Files.readAllLines(server.file("log"));
      int written = indexOf(log, "connection=1 ...Write");
      int flushed = indexOf(log, "connection=2 Flush");
      assertTrue(written >= 0 && flushed > written, log.toString());
    }
  }

  private static int indexOf(List<String> log, String text) {
    for (int i = 0; i < log.size(); i++) {
      if (log.get(i).contains(text)) {
        return i;
      }
    }
    return -1;
  }

  @Test
  void shouldHaveOneQueueWithoutMultiConn() throws Exception {
    try (ServerProcess server =
            ServerProcess.nbdkit("--filter=multi-conn", "memory", "1M", "multi-conn-mode=disable");
        BlockDevice device = active(server);
        QueueDriver queue = new QueueDriver(device, 1)) {
      assertEquals(1, device.capabilities().queuesMax());
      queue.write(0, bytes(512));
      IOException e = assertThrows(IOException.class, () -> device.openQueue(1));
      assertTrue(e.getMessage().contains("1 queues are open: must be at most 1"), e.getMessage());
    }
  }

  @Test
  void shouldReachAServerByTcp() throws Exception {
    try (NodeRunner node = NodeRunner.tcp(new MemoryDevice(1 << 20));
        BlockDevice device = active(node.target(), TargetOptions.of(lines));
        QueueDriver queue = new QueueDriver(device, 2)) {
      byte[] written = bytes(300_000);
      queue.write(7, written);
      Patterns.assertSame(written, queue.read(7, written.length), "by TCP");
    }
  }
}
