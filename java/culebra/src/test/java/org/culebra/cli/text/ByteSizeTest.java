package org.culebra.cli.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ByteSizeTest {
  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "512, 512",
    "512b, 512",
    "4k, 4096",
    "4K, 4096",
    "64KiB, 65536",
    "1.5M, 1572864",
    "1G, 1073741824",
    "2T, 2199023255552",
    "1P, 1125899906842624",
    "7E, 8070450532247928832"
  })
  void shouldReadSizes(String text, long bytes) {
    assertEquals(bytes, ByteSize.parse(text));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "k", "-1", "4x", "4kb", "4ib", "1 G", "0x10", "8E", "0.3", "1e3"})
  void shouldNameTheValueThatIsNoSize(String text) {
    var wrong = assertThrows(IllegalArgumentException.class, () -> ByteSize.parse(text));
    assertEquals(text + ": a size is", wrong.getMessage().substring(0, text.length() + 11));
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0 B",
    "512, 512 B",
    "1000, 0.977 KiB",
    "1024, 1 KiB",
    "196608, 192 KiB",
    "1073741824, 1 GiB",
    "1610612736, 1.5 GiB",
    "10737418240, 10 GiB",
    "107374182400, 100 GiB",
    "5000000, 4.77 MiB",
    "9223372036854775807, 8 EiB"
  })
  void shouldShowSizesInBinaryUnits(long bytes, String text) {
    assertEquals(text, ByteSize.format(bytes));
  }
}
