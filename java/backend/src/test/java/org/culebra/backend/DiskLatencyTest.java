package org.culebra.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class DiskLatencyTest {
  private final DiskLatency latency = new DiskLatency("d0");

  @Test
  void shouldAddUpQueuesAndKeepThemApart() {
    latency.recorder(0).record(ServedOperation.READ, 1_000);
    latency.recorder(3).record(ServedOperation.READ, 2_000);
    List<OperationLatency> all = latency.since(false);
    assertEquals(1, all.size());
    assertEquals("read", all.getFirst().operation());
    assertEquals(2, all.getFirst().histogram().getTotalCount());
    assertEquals(List.of(0, 3), latency.since(true).stream().map(OperationLatency::queue).toList());
  }

  @Test
  void shouldKeepTheTotalWhenIntervalsAreTaken() {
    latency.recorder(0).record(ServedOperation.WRITE, 1_000);
    assertEquals(1, latency.interval().getFirst().histogram().getTotalCount());
    assertEquals(List.of(), latency.interval());
    latency.recorder(0).record(ServedOperation.WRITE, 1_000);
    assertEquals(2, latency.since(false).getFirst().histogram().getTotalCount());
    assertEquals(1, latency.interval().getFirst().histogram().getTotalCount());
  }

  @Test
  void shouldHoldValuesInsideTheRange() {
    latency.recorder(0).record(ServedOperation.FLUSH, Long.MAX_VALUE);
    latency.recorder(0).record(ServedOperation.FLUSH, -5);
    assertEquals(2, latency.since(false).getFirst().histogram().getTotalCount());
  }
}
