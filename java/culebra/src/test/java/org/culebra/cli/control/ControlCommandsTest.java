package org.culebra.cli.control;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ControlCommandsTest {
  private final FakeDisks disks = new FakeDisks();
  private final ControlCommands commands = new ControlCommands();

  @BeforeEach
  void fill() {
    DiskCommands.addTo(commands, disks);
    commands.add(
        "break",
        arguments -> {
          throw new IllegalStateException("broken");
        });
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\0',
      value = {
        "{|null|InvalidRequest|column 2: no JSON",
        "{\"id\":1} {}|null|InvalidRequest|column 10: no JSON",
        "[]|null|InvalidRequest|a request is one JSON object in a line",
        "5|null|InvalidRequest|a request is one JSON object in a line",
        "{\"id\":3}|3|InvalidRequest|command null: a string is needed",
        "{\"id\":\"x\",\"command\":7}|\"x\"|InvalidRequest|command 7: a string is needed",
        "{\"id\":[1],\"command\":\"list\"}|null|InvalidRequest|"
            + "id [1]: a number or a string is needed",
        "{\"id\":1,\"command\":\"list\",\"more\":1}|1|InvalidRequest|"
            + "more: a request has id, command and arguments",
        "{\"id\":1,\"command\":\"list\",\"arguments\":[]}|1|InvalidRequest|"
            + "arguments []: an object is needed",
        "{\"command\":\"lisp\"}|null|CommandNotFound|lisp: one of break, latency, list, stop",
        "{\"id\":1,\"command\":\"list\",\"arguments\":{\"all\":1}}|1|InvalidArguments|"
            + "all 1: no such argument",
        "{\"id\":1,\"command\":\"stop\",\"arguments\":{\"disk\":1}}|1|InvalidArguments|"
            + "disk 1: a string is needed",
        "{\"id\":1,\"command\":\"latency\",\"arguments\":{\"perQueue\":1}}|1|InvalidArguments|"
            + "perQueue 1: true or false is needed",
        "{\"id\":1,\"command\":\"stop\",\"arguments\":{\"disk\":\"x\"}}|1|Failed|"
            + "disk x: no such disk",
        "{\"id\":1,\"command\":\"list\",\"arguments\":{\"disk\":\"x\"}}|1|Failed|"
            + "disk x: no such disk",
        "{\"id\":1,\"command\":\"break\"}|1|Failed|broken",
      })
  void shouldAnswerAWrongLineByAnErrorWithTheValueAndTheRule(
      String line, String id, String errorClass, String desc) {
    assertEquals(
        "{\"id\":"
            + id
            + ",\"error\":{\"class\":\""
            + errorClass
            + "\",\"desc\":\""
            + desc
            + "\"}}",
        commands.answer(line));
  }

  @Test
  void shouldListDisksWithEveryField() {
    assertEquals(
        "{\"id\":\"a\",\"return\":[{\"name\":\"d1\",\"socket\":\"fd=3\",\"device\":\"raw /b\","
            + "\"capacityBytes\":512,\"readOnly\":true,\"active\":false,\"connected\":false,"
            + "\"vringsStarted\":0,\"requests\":0,\"failures\":0,\"guestErrors\":0,"
            + "\"notifications\":0}]}",
        commands.answer("{\"id\":\"a\",\"command\":\"list\",\"arguments\":{\"disk\":\"d1\"}}"));
  }

  @Test
  void shouldGiveLatenciesPerQueueWhenAsked() {
    String answer =
        commands.answer("{\"id\":1,\"command\":\"latency\",\"arguments\":{\"perQueue\":true}}");
    assertEquals(
        "{\"id\":1,\"return\":[{\"disk\":\"d0\",\"queue\":1,\"operation\":\"read\",\"count\":1,",
        answer.substring(0, 70));
  }

  @Test
  void shouldStopOneDiskOrBeginTheEndOfAll() {
    commands.answer("{\"command\":\"stop\",\"arguments\":{\"disk\":\"d1\"}}");
    assertEquals(List.of("d1"), disks.stopped);
    assertEquals(1, disks.endRequested.getCount());
    assertEquals("{\"id\":2,\"return\":{}}", commands.answer("{\"id\":2,\"command\":\"stop\"}"));
    assertEquals(0, disks.endRequested.getCount());
  }

  @Test
  void shouldStopNothingWhenAnArgumentIsUnknown() {
    commands.answer("{\"command\":\"stop\",\"arguments\":{\"disc\":\"d1\"}}");
    assertEquals(List.of(), disks.stopped);
    assertEquals(1, disks.endRequested.getCount());
  }
}
