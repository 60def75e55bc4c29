package io.millrace.work;

/** A record of a log with its stamp: the place in its shard, rising. */
public record Stamped<R>(long stamp, R record) {}
