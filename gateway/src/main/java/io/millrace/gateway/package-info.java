/** The dialects on the object door: OSS, S3, STS and the playback routes. */
@NullMarked
package io.millrace.gateway;

import org.jspecify.annotations.NullMarked;
