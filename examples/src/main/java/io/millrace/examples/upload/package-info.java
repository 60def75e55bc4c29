/** Uploads files with the official OSS SDK. */
@NullMarked
package io.millrace.examples.upload;

import org.jspecify.annotations.NullMarked;
