package org.culebra.vhostuser;

/** The rules of messages that name memory; each returns null or the rule that is broken. */
final class MemoryRules {
  private MemoryRules() {}

  /** SET_MEM_TABLE. */
  static String table(Message message, int fdCount) {
    int count = message.regionCount();
    if (Integer.compareUnsigned(count, Message.TABLE_REGIONS_MAX) > 0) {
      return Integer.toUnsignedString(count)
          + " regions: at most "
          + Message.TABLE_REGIONS_MAX
          + " are allowed";
    }
    int bytes = Message.TABLE_HEADER_BYTES + count * RegionDescription.BYTES;
    if (message.payloadBytes() != bytes) {
      return count + " regions: payload must be " + bytes + " bytes";
    }
    if (fdCount != count) {
      return count + " regions: as many fds must come with it";
    }
    for (int i = 0; i < count; i++) {
      String rule = region(message.region(i));
      for (int j = 0; j < i && rule == null; j++) {
        rule = overlap(message.region(j), message.region(i));
      }
      if (rule != null) {
        return "region " + i + " " + rule;
      }
    }
    return null;
  }

  /** One region, wherever it stands. */
  static String region(RegionDescription region) {
    String text = describe(region);
    if (region.sizeBytes() <= 0) {
      return text + ": size must be above 0 and below 2^63";
    }
    if (wraps(region.guestAddress(), region.sizeBytes())) {
      return text + ": guest addresses wrap around";
    }
    if (wraps(region.userAddress(), region.sizeBytes())) {
      return text + ": user addresses wrap around";
    }
    if (region.mmapOffset() < 0 || region.mmapOffset() > Long.MAX_VALUE - region.sizeBytes()) {
      return text + ": mmap offset and size exceed 2^63";
    }
    return null;
  }

  private static String overlap(RegionDescription a, RegionDescription b) {
    if (overlaps(a.guestAddress(), a.sizeBytes(), b.guestAddress(), b.sizeBytes())) {
      return describe(b) + ": guest addresses overlap those of " + describe(a);
    }
    if (overlaps(a.userAddress(), a.sizeBytes(), b.userAddress(), b.sizeBytes())) {
      return describe(b) + ": user addresses overlap those of " + describe(a);
    }
    return null;
  }

  private static String describe(RegionDescription region) {
    return String.format(
        "{guest 0x%x, size 0x%x, user 0x%x, offset 0x%x}",
        region.guestAddress(), region.sizeBytes(), region.userAddress(), region.mmapOffset());
  }

  /** Says whether the last byte's address is below the first one's; both unsigned. */
  private static boolean wraps(long address, long sizeBytes) {
    return Long.compareUnsigned(address + (sizeBytes - 1), address) < 0;
  }

  private static boolean overlaps(long a, long aBytes, long b, long bBytes) {
    return Long.compareUnsigned(a, b + (bBytes - 1)) <= 0
        && Long.compareUnsigned(b, a + (aBytes - 1)) <= 0;
  }

  /** SET_LOG_BASE. */
  static String log(Message message, int fdCount, long protocolFeatures) {
    if (!ProtocolFeatures.has(protocolFeatures, ProtocolFeatures.LOG_SHMFD)) {
      return fdCount == 0 ? null : "protocol feature LOG_SHMFD wasn't negotiated, no fd may come";
    }
    if (message.payloadBytes() != LogDescription.BYTES) {
      return "payload must be " + LogDescription.BYTES + " bytes";
    }
    if (fdCount != 1) {
      return "exactly 1 fd must come with it";
    }
    LogDescription log = message.log();
    return span("log", log.sizeBytes(), log.offsetBytes());
  }

  /** A piece of a file. */
  static String span(String what, long sizeBytes, long offsetBytes) {
    if (sizeBytes > 0 && offsetBytes >= 0 && offsetBytes <= Long.MAX_VALUE - sizeBytes) {
      return null;
    }
    return String.format(
        "%s size 0x%x, offset 0x%x: size must be above 0, the end below 2^63",
        what, sizeBytes, offsetBytes);
  }
}
