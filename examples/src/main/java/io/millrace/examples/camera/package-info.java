/**
 * A camera in a few hundred lines: enrols with a one-time code, gets a temporary token for its own
 * prefix, and appends its MPEG-TS stream straight to an object with the official OSS SDK.
 */
@NullMarked
package io.millrace.examples.camera;

import org.jspecify.annotations.NullMarked;
