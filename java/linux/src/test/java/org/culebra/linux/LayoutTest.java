package org.culebra.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class LayoutTest {
  static Stream<Arguments> structures() {
    return Stream.of(
        arguments("iovec", IoVector.IOVEC_BYTES),
        arguments("iovec.iov_base", 0),
        arguments("iovec.iov_len", 8),
        arguments("culebra_descriptors", FdList.BYTES),
        arguments("culebra_descriptors.count", FdList.COUNT_OFFSET),
        arguments("culebra_descriptors.fds", FdList.FDS_OFFSET),
        arguments("CULEBRA_DESCRIPTORS_MAX", FdList.MAX),
        arguments("EPOLL_CTL_ADD", Epoll.CTL_ADD),
        arguments("EPOLL_CTL_DEL", Epoll.CTL_DEL),
        arguments("EPOLL_CTL_MOD", Epoll.CTL_MOD),
        arguments("EPOLLIN", Epoll.IN),
        arguments("EPOLLOUT", Epoll.OUT),
        arguments("EPOLLERR", Epoll.ERR),
        arguments("EPOLLHUP", Epoll.HUP),
        arguments("EPOLLRDHUP", Epoll.RDHUP));
  }

  /** Constants whose names in Java are those of C. */
  static Stream<Arguments> constants() {
    return Stream.of(Errno.class, Files.class, Signals.class)
        .flatMap(type -> Arrays.stream(type.getFields()))
        .filter(field -> Modifier.isStatic(field.getModifiers()))
        .map(field -> arguments(field.getName(), valueOf(field)));
  }

  private static int valueOf(Field field) {
    try {
      return field.getInt(null);
    } catch (IllegalAccessException e) {
      throw new AssertionError(e);
    }
  }

  @ParameterizedTest
  @MethodSource({"structures", "constants"})
  void shouldAgreeWithTheCompiler(String name, long value) {
    assertEquals(Layout.value(name), value, name);
  }

  @Test
  void shouldKnowTheStructuresOfVirtio() {
    assertEquals(16, Layout.value("vring_desc"));
    assertEquals(14, Layout.value("vring_desc.next"));
    assertEquals(12, Layout.value("vring_packed_desc.id"));
    assertEquals(20, Layout.value("virtio_blk_config.blk_size"));
    assertTrue(Layout.names().contains("virtio_blk_outhdr.sector"));
  }

  @Test
  void shouldNameWhatItDoesNotKnow() {
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> Layout.value("iovec.iov_lenght"));
    assertEquals("iovec.iov_lenght: not in the layout table of libculebra", e.getMessage());
  }
}
