package io.millrace.store.uploads;

/**
 * What a bucket's uploads hold that were begun and neither completed nor aborted.
 *
 * @param partBytes the parts' sizes added up
 */
public record OpenUploads(long uploads, long parts, long partBytes) {}
