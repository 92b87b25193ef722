package org.culebra.storage.nbd;

import org.culebra.linux.Errno;

/** NBD's error values and the system's (NBD: Error values). */
public final class NbdError {
  /** NBD_EPERM. */
  public static final int EPERM = 1;

  /** NBD_EIO. */
  public static final int EIO = 5;

  /** NBD_ENOMEM. */
  public static final int ENOMEM = 12;

  /** NBD_EINVAL. */
  public static final int EINVAL = 22;

  /** NBD_ENOSPC. */
  public static final int ENOSPC = 28;

  /** NBD_EOVERFLOW. */
  public static final int EOVERFLOW = 75;

  /** NBD_ENOTSUP. */
  public static final int ENOTSUP = 95;

  /** NBD_ESHUTDOWN. */
  public static final int ESHUTDOWN = 108;

  private NbdError() {}

  /** Returns the errno of an error in a reply; an unexpected one is EINVAL. */
  public static int toErrno(int error) {
    return switch (error) {
      case 0 -> 0;
      case EPERM -> Errno.EPERM;
      case EIO -> Errno.EIO;
      case ENOMEM -> Errno.ENOMEM;
      case ENOSPC -> Errno.ENOSPC;
      case EOVERFLOW -> Errno.EOVERFLOW;
      case ENOTSUP -> Errno.EOPNOTSUPP;
      case ESHUTDOWN -> Errno.ESHUTDOWN;
      default -> Errno.EINVAL;
    };
  }

  /** Returns the error to send for an errno; 0 for 0. */
  public static int ofErrno(int errno) {
    if (errno == 0) {
      return 0;
    }
    if (errno == Errno.EPERM || errno == Errno.EROFS || errno == Errno.EACCES) {
      return EPERM;
    }
    if (errno == Errno.ENOSPC || errno == Errno.EDQUOT || errno == Errno.EFBIG) {
      return ENOSPC;
    }
    if (errno == Errno.EINVAL) {
      return EINVAL;
    }
    if (errno == Errno.ENOMEM) {
      return ENOMEM;
    }
    if (errno == Errno.EOPNOTSUPP) {
      return ENOTSUP;
    }
    return errno == Errno.ESHUTDOWN ? ESHUTDOWN : EIO;
  }
}
