package org.culebra.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SequencerTest {
  private final Sequencer sequencer = new Sequencer();
  private final List<String> log = new ArrayList<>();
  private final List<Runnable> finish = new ArrayList<>();

  private void enqueue(String name) {
    sequencer.enqueue(
        finished -> {
          log.add(name);
          finish.add(finished);
        });
  }

  @Test
  void shouldBeginAnOperationWhenTheOneBeforeHasFinished() {
    enqueue("first");
    enqueue("second");
    assertEquals(List.of("first"), log);
    finish.getFirst().run();
    assertEquals(List.of("first", "second"), log);
  }

  @Test
  void shouldRunOperationsThatFinishAtOnceInOrder() {
    for (int i = 0; i < 3; i++) {
      String name = "operation " + i;
      sequencer.enqueue(
          finished -> {
            log.add(name);
            finished.run();
          });
    }
    assertEquals(List.of("operation 0", "operation 1", "operation 2"), log);
  }
}
