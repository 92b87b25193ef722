package org.culebra.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class ImageFormatsTest {
  @Test
  void shouldKnowAFormatByItsFirstBytes() {
    byte[] qcow2 = {'Q', 'F', 'I', (byte) 0xfb, 0, 0, 0, 3, 0, 0};
    byte[] qcow1 = {'Q', 'F', 'I', (byte) 0xfb, 0, 0, 0, 1, 0, 0};
    assertSame(ImageFormats.QCOW2, ImageFormats.probe(qcow2));
    assertSame(ImageFormats.RAW, ImageFormats.probe(qcow1));
    assertSame(ImageFormats.RAW, ImageFormats.probe(new byte[0]));
    assertSame(ImageFormats.RAW, ImageFormats.probe(new byte[2048]));
  }

  @Test
  void shouldNameTheFormatsWhenOneIsNotKnown() throws Exception {
    assertSame(ImageFormats.QCOW2, ImageFormats.named("qcow2"));
    String line = assertThrows(ImageException.class, () -> ImageFormats.named("vmfs")).getMessage();
    assertEquals("format vmfs: not known, must be one of: raw, qcow2", line);
  }
}
