package org.culebra.cli.text;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Lists of CPUs, seconds, and QEMU's option strings. */
class ValueTextTest {
  @Test
  void shouldReadListsOfCpus() {
    assertArrayEquals(new int[] {0, 2, 3}, CpuList.parse("0,2-3"));
    assertArrayEquals(new int[] {1, 5}, CpuList.parse("5,1,5-5"));
  }

  @Test
  void shouldShowListsOfCpus() {
    assertEquals("0,2-4,9", CpuList.format(new int[] {0, 2, 3, 4, 9}));
    assertEquals("", CpuList.format(new int[0]));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ",", "a", "1,", "3-1", "1-", "-1", "70000", "1--2"})
  void shouldNameWhatIsNoListOfCpus(String text) {
    var wrong = assertThrows(IllegalArgumentException.class, () -> CpuList.parse(text));
    assertEquals(text + ": a list of CPUs is written like 0,2-3", wrong.getMessage());
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "10, 10000000000",
    "0.5, 500000000",
    "0.000000001, 1",
    "604800, 604800000000000"
  })
  void shouldReadSeconds(String text, long ns) {
    assertEquals(ns, Durations.parseSecondsNs(text));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "-1", "1s", "1.", ".5", "604801", "1e3"})
  void shouldNameWhatIsNoTime(String text) {
    var wrong = assertThrows(IllegalArgumentException.class, () -> Durations.parseSecondsNs(text));
    assertEquals(text + ": seconds from 0 to 604800", wrong.getMessage());
  }

  @Test
  void shouldReadOptionStringsInTheirOrder() {
    Map<String, String> options = OptionString.parse("b=1,a=x=y,c=");
    assertEquals(List.of("b", "a", "c"), List.copyOf(options.keySet()));
    assertEquals(List.of("1", "x=y", ""), List.copyOf(options.values()));
  }

  @Test
  void shouldTakeACommaThatIsWrittenTwiceIntoTheValue() {
    Map<String, String> options = OptionString.parse("target=/a,,b,,,format=raw");
    assertEquals(Map.of("target", "/a,b,", "format", "raw"), options);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "name|name: options are written key=value,key=value",
        "=x|=x: options are written key=value,key=value",
        "a=1,a=2|a: given twice",
        "a=1,b|b: options are written key=value,key=value",
        ",a=1|: options are written key=value,key=value"
      })
  void shouldNameThePartOfAnOptionStringThatIsWrong(String text, String message) {
    var wrong = assertThrows(IllegalArgumentException.class, () -> OptionString.parse(text));
    assertEquals(message, wrong.getMessage());
  }
}
