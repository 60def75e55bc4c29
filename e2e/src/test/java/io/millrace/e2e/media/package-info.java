/** Media processing of a whole server, asked for with the official OSS SDK. */
@NullMarked
package io.millrace.e2e.media;

import org.jspecify.annotations.NullMarked;
