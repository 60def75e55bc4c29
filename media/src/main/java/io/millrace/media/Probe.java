package io.millrace.media;

import java.time.Instant;

/**
 * What a probe found in one stored object.
 *
 * @param object the object
 * @param etag the ETag, without quotes, of the bytes that were probed
 * @param sizeBytes how many bytes the object had then
 * @param probedAt when the probe ended
 * @param outcome the facts, or why there are none
 */
public record Probe(
        ObjectName object, String etag, long sizeBytes, Instant probedAt, ProbeOutcome outcome) {}
