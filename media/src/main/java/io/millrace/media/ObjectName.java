package io.millrace.media;

/** The name of one stored object: its bucket and its key. */
public record ObjectName(String bucket, String key) {}
