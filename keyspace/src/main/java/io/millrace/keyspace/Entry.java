package io.millrace.keyspace;

/** One key with its value (empty in a keys-only scan). The arrays are the caller's own. */
public record Entry(byte[] key, byte[] value) {}
