package org.culebra.linux;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/** Numbers of errors of system calls; the same on x86_64 and aarch64. */
public final class Errno {
  /** Number of {@code EPERM}. */
  public static final int EPERM = 1;

  /** Number of {@code ENOENT}. */
  public static final int ENOENT = 2;

  /** Number of {@code ESRCH}. */
  public static final int ESRCH = 3;

  /** Number of {@code EINTR}. */
  public static final int EINTR = 4;

  /** Number of {@code EIO}. */
  public static final int EIO = 5;

  /** Number of {@code ENXIO}. */
  public static final int ENXIO = 6;

  /** Number of {@code E2BIG}. */
  public static final int E2BIG = 7;

  /** Number of {@code EBADF}. */
  public static final int EBADF = 9;

  /** Number of {@code ECHILD}. */
  public static final int ECHILD = 10;

  /** Number of {@code EAGAIN}. */
  public static final int EAGAIN = 11;

  /** Number of {@code ENOMEM}. */
  public static final int ENOMEM = 12;

  /** Number of {@code EACCES}. */
  public static final int EACCES = 13;

  /** Number of {@code EFAULT}. */
  public static final int EFAULT = 14;

  /** Number of {@code ENOTBLK}. */
  public static final int ENOTBLK = 15;

  /** Number of {@code EBUSY}. */
  public static final int EBUSY = 16;

  /** Number of {@code EEXIST}. */
  public static final int EEXIST = 17;

  /** Number of {@code EXDEV}. */
  public static final int EXDEV = 18;

  /** Number of {@code ENODEV}. */
  public static final int ENODEV = 19;

  /** Number of {@code ENOTDIR}. */
  public static final int ENOTDIR = 20;

  /** Number of {@code EISDIR}. */
  public static final int EISDIR = 21;

  /** Number of {@code EINVAL}. */
  public static final int EINVAL = 22;

  /** Number of {@code ENFILE}. */
  public static final int ENFILE = 23;

  /** Number of {@code EMFILE}. */
  public static final int EMFILE = 24;

  /** Number of {@code ENOTTY}. */
  public static final int ENOTTY = 25;

  /** Number of {@code ETXTBSY}. */
  public static final int ETXTBSY = 26;

  /** Number of {@code EFBIG}. */
  public static final int EFBIG = 27;

  /** Number of {@code ENOSPC}. */
  public static final int ENOSPC = 28;

  /** Number of {@code ESPIPE}. */
  public static final int ESPIPE = 29;

  /** Number of {@code EROFS}. */
  public static final int EROFS = 30;

  /** Number of {@code EMLINK}. */
  public static final int EMLINK = 31;

  /** Number of {@code EPIPE}. */
  public static final int EPIPE = 32;

  /** Number of {@code EDOM}. */
  public static final int EDOM = 33;

  /** Number of {@code ERANGE}. */
  public static final int ERANGE = 34;

  /** Number of {@code EDEADLK}. */
  public static final int EDEADLK = 35;

  /** Number of {@code ENAMETOOLONG}. */
  public static final int ENAMETOOLONG = 36;

  /** Number of {@code ENOLCK}. */
  public static final int ENOLCK = 37;

  /** Number of {@code ENOSYS}. */
  public static final int ENOSYS = 38;

  /** Number of {@code ENOTEMPTY}. */
  public static final int ENOTEMPTY = 39;

  /** Number of {@code ELOOP}. */
  public static final int ELOOP = 40;

  /** Number of {@code ENODATA}. */
  public static final int ENODATA = 61;

  /** Number of {@code ETIME}. */
  public static final int ETIME = 62;

  /** Number of {@code EPROTO}. */
  public static final int EPROTO = 71;

  /** Number of {@code EBADMSG}. */
  public static final int EBADMSG = 74;

  /** Number of {@code EOVERFLOW}. */
  public static final int EOVERFLOW = 75;

  /** Number of {@code EBADFD}. */
  public static final int EBADFD = 77;

  /** Number of {@code ELIBACC}. */
  public static final int ELIBACC = 79;

  /** Number of {@code EILSEQ}. */
  public static final int EILSEQ = 84;

  /** Number of {@code EUSERS}. */
  public static final int EUSERS = 87;

  /** Number of {@code ENOTSOCK}. */
  public static final int ENOTSOCK = 88;

  /** Number of {@code EDESTADDRREQ}. */
  public static final int EDESTADDRREQ = 89;

  /** Number of {@code EMSGSIZE}. */
  public static final int EMSGSIZE = 90;

  /** Number of {@code EPROTOTYPE}. */
  public static final int EPROTOTYPE = 91;

  /** Number of {@code ENOPROTOOPT}. */
  public static final int ENOPROTOOPT = 92;

  /** Number of {@code EPROTONOSUPPORT}. */
  public static final int EPROTONOSUPPORT = 93;

  /** Number of {@code EOPNOTSUPP}. */
  public static final int EOPNOTSUPP = 95;

  /** Number of {@code EAFNOSUPPORT}. */
  public static final int EAFNOSUPPORT = 97;

  /** Number of {@code EADDRINUSE}. */
  public static final int EADDRINUSE = 98;

  /** Number of {@code EADDRNOTAVAIL}. */
  public static final int EADDRNOTAVAIL = 99;

  /** Number of {@code ENETDOWN}. */
  public static final int ENETDOWN = 100;

  /** Number of {@code ENETUNREACH}. */
  public static final int ENETUNREACH = 101;

  /** Number of {@code ENETRESET}. */
  public static final int ENETRESET = 102;

  /** Number of {@code ECONNABORTED}. */
  public static final int ECONNABORTED = 103;

  /** Number of {@code ECONNRESET}. */
  public static final int ECONNRESET = 104;

  /** Number of {@code ENOBUFS}. */
  public static final int ENOBUFS = 105;

  /** Number of {@code EISCONN}. */
  public static final int EISCONN = 106;

  /** Number of {@code ENOTCONN}. */
  public static final int ENOTCONN = 107;

  /** Number of {@code ESHUTDOWN}. */
  public static final int ESHUTDOWN = 108;

  /** Number of {@code ETIMEDOUT}. */
  public static final int ETIMEDOUT = 110;

  /** Number of {@code ECONNREFUSED}. */
  public static final int ECONNREFUSED = 111;

  /** Number of {@code EHOSTDOWN}. */
  public static final int EHOSTDOWN = 112;

  /** Number of {@code EHOSTUNREACH}. */
  public static final int EHOSTUNREACH = 113;

  /** Number of {@code EALREADY}. */
  public static final int EALREADY = 114;

  /** Number of {@code EINPROGRESS}. */
  public static final int EINPROGRESS = 115;

  /** Number of {@code ESTALE}. */
  public static final int ESTALE = 116;

  /** Number of {@code EREMOTEIO}. */
  public static final int EREMOTEIO = 121;

  /** Number of {@code EDQUOT}. */
  public static final int EDQUOT = 122;

  /** Number of {@code ECANCELED}. */
  public static final int ECANCELED = 125;

  /** Number of {@code EKEYREJECTED}. */
  public static final int EKEYREJECTED = 129;

  /** Number of {@code EOWNERDEAD}. */
  public static final int EOWNERDEAD = 130;

  /** Number of {@code ENOTRECOVERABLE}. */
  public static final int ENOTRECOVERABLE = 131;

  private static final FunctionDescriptor TEXT =
      FunctionDescriptor.of(ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT);
  private static final MethodHandle NAME = NativeLibrary.bind("culebra_error_name", TEXT);
  private static final MethodHandle MESSAGE = NativeLibrary.bind("culebra_error_message", TEXT);

  private Errno() {}

  /** Returns {@code ECONNREFUSED} for 111, {@code errno 4095} for a number that has no name. */
  public static String name(int errno) {
    long address;
    try {
      address = (long) NAME.invokeExact(errno);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
    return address == 0 ? "errno " + errno : CString.at(address);
  }

  /** Returns {@code Connection refused} for 111, {@code unknown error} for an unknown number. */
  public static String message(int errno) {
    long address;
    try {
      address = (long) MESSAGE.invokeExact(errno);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
    return address == 0 ? "unknown error" : CString.at(address);
  }
}
