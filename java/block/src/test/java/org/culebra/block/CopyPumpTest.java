package org.culebra.block;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.culebra.linux.Errno;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CopyPumpTest {
  private static final int CAPACITY = 1 << 20;
  private static final long TIMEOUT_NS = 10_000_000_000L;

  private final SplittableRandom random = Seeds.random("CopyPumpTest");
  private final byte[] content = new byte[CAPACITY];
  private SimulatedBlockDevice from;
  private SimulatedBlockDevice to;

  @BeforeEach
  void activate() throws IOException {
    from = new SimulatedBlockDevice(CAPACITY, Seeds.SEED);
    to = new SimulatedBlockDevice(CAPACITY, Seeds.SEED + 1);
    // A quarter of the 4 KiB blocks are data, and every block has zeroes at its end.
    for (int block = 0; block < CAPACITY; block += 4096) {
      int data = random.nextInt(4) == 0 ? random.nextInt(4096) : 0;
      System.arraycopy(Patterns.bytes(random, data), 0, content, block, data);
    }
    from.poke(0, content);
  }

  private void activateBoth() throws IOException {
    from.activate();
    to.activate();
  }

  @AfterEach
  void close() {
    from.close();
    to.close();
  }

  private static CopyPump.Options options(int sparseBytes, boolean targetReadsZeroes) {
    return new CopyPump.Options(5, 65536, sparseBytes, targetReadsZeroes, TIMEOUT_NS);
  }

  @ParameterizedTest
  @CsvSource({"0,false,true", "4096,false,true", "4096,true,true", "512,false,false"})
  void shouldCopyEverything(int sparse, boolean targetReadsZeroes, boolean zeroes)
      throws IOException {
    byte[] dirt = Patterns.bytes(random, CAPACITY);
    to.poke(0, targetReadsZeroes ? new byte[CAPACITY] : dirt);
    to.zeroes(zeroes);
    activateBoth();
    try (CopyPump pump = new CopyPump(from, to, options(sparse, targetReadsZeroes))) {
      pump.copy(0, 0, CAPACITY - 1536);
      pump.copy(CAPACITY - 1536, CAPACITY - 1536, 1536);
      pump.finish();
      assertEquals(CAPACITY, pump.copiedBytes() + pump.zeroBytes());
    }
    Patterns.assertSame(content, to.content(0, CAPACITY), "copied");
    SimulatedBlockDevice after = to.afterPowerCut(Seeds.SEED);
    Patterns.assertSame(content, after.content(0, CAPACITY), "durable after finish");
  }

  @Test
  void shouldNotWriteZeroesAsData() throws IOException {
    activateBoth();
    try (CopyPump pump = new CopyPump(from, to, options(4096, true))) {
      pump.copy(0, 0, CAPACITY);
      pump.finish();
      assertTrue(pump.zeroBytes() > CAPACITY / 2, pump.zeroBytes() + " bytes were zeroes");
    }
    assertEquals(0, to.count(BlockOperation.WRITE_ZEROES));
  }

  @ParameterizedTest
  @CsvSource({"true", "false"})
  void shouldWriteZeroesWithAndWithoutHelpOfTheTarget(boolean zeroes) throws IOException {
    to.poke(0, content);
    to.zeroes(zeroes);
    activateBoth();
    try (CopyPump pump = new CopyPump(from, to, options(4096, false))) {
      // All buffers are used before.
      pump.copy(CAPACITY / 2, CAPACITY / 2, CAPACITY / 2);
      pump.writeZeroes(4096, CAPACITY / 2 - 4096);
      pump.finish();
    }
    Arrays.fill(content, 4096, CAPACITY / 2, (byte) 0);
    Patterns.assertSame(content, to.content(0, CAPACITY), "zeroed");
  }

  @Test
  void shouldWriteZeroesAsDataWhenTheTargetTurnsOutNotToTakeThem() throws IOException {
    to.poke(0, Patterns.bytes(random, CAPACITY));
    activateBoth();
    to.failWhile(request -> request.operation() == BlockOperation.WRITE_ZEROES, Errno.EOPNOTSUPP);
    try (CopyPump pump = new CopyPump(from, to, options(4096, false))) {
      pump.copy(0, 0, CAPACITY / 2);
      pump.writeZeroes(CAPACITY / 2, CAPACITY / 2);
      pump.finish();
    }
    Arrays.fill(content, CAPACITY / 2, CAPACITY, (byte) 0);
    Patterns.assertSame(content, to.content(0, CAPACITY), "copied and zeroed");
  }

  @Test
  void shouldEndWithTheFirstError() throws IOException {
    activateBoth();
    to.failNext(BlockOperation.WRITE, Errno.ENOSPC);
    try (CopyPump pump = new CopyPump(from, to, options(0, false))) {
      IOException e =
          assertThrows(
              IOException.class,
              () -> {
                pump.copy(0, 0, CAPACITY);
                pump.finish();
              });
      assertTrue(e.getMessage().contains("simulated:1048576: write"), e.getMessage());
      assertTrue(e.getMessage().contains("ENOSPC"), e.getMessage());
      assertThrows(IOException.class, pump::finish);
    }
  }

  @Test
  void shouldReportAnErrorOfTheLastFlush() throws IOException {
    activateBoth();
    to.failNext(BlockOperation.FLUSH, Errno.EIO);
    try (CopyPump pump = new CopyPump(from, to, options(0, false))) {
      pump.copy(0, 0, 65536);
      IOException e = assertThrows(IOException.class, pump::finish);
      assertTrue(e.getMessage().contains("flush"), e.getMessage());
    }
  }

  @Test
  void shouldGiveUpAtTheTimeLimit() throws IOException {
    activateBoth();
    from.hold(request -> true);
    CopyPump.Options options = new CopyPump.Options(2, 65536, 0, false, 20_000_000);
    try (CopyPump pump = new CopyPump(from, to, options)) {
      IOException e = assertThrows(IOException.class, () -> pump.copy(0, 0, CAPACITY));
      assertTrue(e.getMessage().contains("no progress within 20 ms"), e.getMessage());
    }
    from.release();
  }
}
