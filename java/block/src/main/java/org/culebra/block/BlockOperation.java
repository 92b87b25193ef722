package org.culebra.block;

/** What a block request asks for. */
public enum BlockOperation {
  /** Fill the request's memory with the bytes at the offset. */
  READ,
  /** Store the request's memory at the offset. */
  WRITE,
  /** Make durable every write that completed, on any queue of the device, before the submission. */
  FLUSH,
  /** The bytes are no longer needed; what they read as afterwards is undetermined. */
  DISCARD,
  /** Make the bytes read as zeroes. */
  WRITE_ZEROES
}
