package org.culebra.linux.uring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.util.stream.Stream;
import org.culebra.linux.Layout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class UringLayoutTest {
  static Stream<Arguments> rings() {
    return Stream.of(
        arguments("io_uring_params", RingMemory.PARAMS_BYTES),
        arguments("io_uring_params.sq_entries", RingMemory.SQ_ENTRIES_OFFSET),
        arguments("io_uring_params.cq_entries", RingMemory.CQ_ENTRIES_OFFSET),
        arguments("io_uring_params.flags", RingMemory.FLAGS_OFFSET),
        arguments("io_uring_params.features", RingMemory.FEATURES_OFFSET),
        arguments("io_uring_params.sq_off", RingMemory.SQ_OFF_OFFSET),
        arguments("io_uring_params.cq_off", RingMemory.CQ_OFF_OFFSET),
        arguments("io_sqring_offsets.head", RingMemory.HEAD_OFFSET),
        arguments("io_sqring_offsets.tail", RingMemory.TAIL_OFFSET),
        arguments("io_sqring_offsets.flags", RingMemory.SQ_FLAGS_OFFSET),
        arguments("io_sqring_offsets.array", RingMemory.SQ_ARRAY_OFFSET),
        arguments("io_cqring_offsets.head", RingMemory.HEAD_OFFSET),
        arguments("io_cqring_offsets.tail", RingMemory.TAIL_OFFSET),
        arguments("io_cqring_offsets.cqes", RingMemory.CQES_OFFSET),
        arguments("IORING_SETUP_CQSIZE", RingMemory.SETUP_CQSIZE),
        arguments("IORING_FEAT_SINGLE_MMAP", RingMemory.FEAT_SINGLE_MMAP),
        arguments("IORING_FEAT_NODROP", RingMemory.FEAT_NODROP),
        arguments("IORING_FEAT_EXT_ARG", RingMemory.FEAT_EXT_ARG),
        arguments("IORING_OFF_SQ_RING", RingMemory.OFF_SQ_RING),
        arguments("IORING_OFF_SQES", RingMemory.OFF_SQES),
        arguments("IORING_ENTER_GETEVENTS", Ring.ENTER_GETEVENTS),
        arguments("IORING_ENTER_EXT_ARG", Ring.ENTER_EXT_ARG),
        arguments("IORING_REGISTER_BUFFERS", Ring.REGISTER_BUFFERS),
        arguments("IORING_UNREGISTER_BUFFERS", Ring.UNREGISTER_BUFFERS),
        arguments("IORING_REGISTER_FILES", Ring.REGISTER_FILES),
        arguments("IORING_UNREGISTER_FILES", Ring.UNREGISTER_FILES),
        arguments("io_uring_getevents_arg", Ring.ARGUMENT_BYTES),
        arguments("io_uring_getevents_arg.ts", Ring.ARGUMENT_TS_OFFSET),
        arguments("__kernel_timespec", Ring.TIMESPEC_BYTES),
        arguments("__kernel_timespec.tv_nsec", Ring.TIMESPEC_NS_OFFSET),
        arguments("io_uring_cqe", CompletionQueue.CQE_BYTES),
        arguments("io_uring_cqe.user_data", CompletionQueue.USER_DATA_OFFSET),
        arguments("io_uring_cqe.res", CompletionQueue.RESULT_OFFSET),
        arguments("io_uring_cqe.flags", CompletionQueue.FLAGS_OFFSET),
        arguments("IORING_SQ_CQ_OVERFLOW", CompletionQueue.SQ_CQ_OVERFLOW),
        arguments("MSG_WAITALL", SocketMessage.MSG_WAITALL),
        arguments("msghdr", SocketMessage.BYTES),
        arguments("msghdr.msg_iov", SocketMessage.IOV_OFFSET),
        arguments("msghdr.msg_iovlen", SocketMessage.IOVLEN_OFFSET));
  }

  static Stream<Arguments> entries() {
    return Stream.of(
        arguments("io_uring_sqe", Sqe.SQE_BYTES),
        arguments("io_uring_sqe.opcode", Sqe.OPCODE_OFFSET),
        arguments("io_uring_sqe.flags", Sqe.FLAGS_OFFSET),
        arguments("io_uring_sqe.fd", Sqe.FD_OFFSET),
        arguments("io_uring_sqe.off", Sqe.OFF_OFFSET),
        arguments("io_uring_sqe.addr", Sqe.ADDR_OFFSET),
        arguments("io_uring_sqe.len", Sqe.LEN_OFFSET),
        arguments("io_uring_sqe.rw_flags", Sqe.RW_FLAGS_OFFSET),
        arguments("io_uring_sqe.fsync_flags", Sqe.RW_FLAGS_OFFSET),
        arguments("io_uring_sqe.poll32_events", Sqe.RW_FLAGS_OFFSET),
        arguments("io_uring_sqe.msg_flags", Sqe.RW_FLAGS_OFFSET),
        arguments("io_uring_sqe.user_data", Sqe.USER_DATA_OFFSET),
        arguments("io_uring_sqe.buf_index", Sqe.BUF_INDEX_OFFSET),
        arguments("IORING_OP_NOP", Sqe.OP_NOP),
        arguments("IORING_OP_READV", Sqe.OP_READV),
        arguments("IORING_OP_WRITEV", Sqe.OP_WRITEV),
        arguments("IORING_OP_FSYNC", Sqe.OP_FSYNC),
        arguments("IORING_OP_READ_FIXED", Sqe.OP_READ_FIXED),
        arguments("IORING_OP_WRITE_FIXED", Sqe.OP_WRITE_FIXED),
        arguments("IORING_OP_POLL_ADD", Sqe.OP_POLL_ADD),
        arguments("IORING_OP_SENDMSG", Sqe.OP_SENDMSG),
        arguments("IORING_OP_RECVMSG", Sqe.OP_RECVMSG),
        arguments("IORING_OP_TIMEOUT", Sqe.OP_TIMEOUT),
        arguments("IORING_OP_ASYNC_CANCEL", Sqe.OP_ASYNC_CANCEL),
        arguments("IORING_OP_FALLOCATE", Sqe.OP_FALLOCATE),
        arguments("IORING_OP_READ", Sqe.OP_READ),
        arguments("IORING_OP_WRITE", Sqe.OP_WRITE),
        arguments("IORING_OP_SEND", Sqe.OP_SEND),
        arguments("IORING_OP_RECV", Sqe.OP_RECV),
        arguments("IORING_FSYNC_DATASYNC", Sqe.FSYNC_DATASYNC),
        arguments("MSG_NOSIGNAL", Sqe.MSG_NOSIGNAL),
        arguments("IOSQE_FIXED_FILE", Sqe.IOSQE_FIXED_FILE),
        arguments("IOSQE_IO_DRAIN", Sqe.IOSQE_IO_DRAIN),
        arguments("IOSQE_IO_LINK", Sqe.IOSQE_IO_LINK),
        arguments("IOSQE_IO_HARDLINK", Sqe.IOSQE_IO_HARDLINK),
        arguments("IOSQE_ASYNC", Sqe.IOSQE_ASYNC));
  }

  @ParameterizedTest
  @MethodSource({"rings", "entries"})
  void shouldAgreeWithTheCompiler(String name, long value) {
    assertEquals(Layout.value(name), value, name);
  }
}
