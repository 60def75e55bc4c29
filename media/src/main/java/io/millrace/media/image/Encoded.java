package io.millrace.media.image;

/** What a worker made: a file and its MIME type. */
public record Encoded(String contentType, byte[] bytes) {}
