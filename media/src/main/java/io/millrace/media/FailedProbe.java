package io.millrace.media;

import java.time.Instant;

/** An object that looks like media and could not be read as such. */
public record FailedProbe(ObjectName object, String reason, Instant at) {}
