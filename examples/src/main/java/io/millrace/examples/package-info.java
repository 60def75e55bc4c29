/** Small real clients: a camera, an uploader, a browser upload, a player page. */
@NullMarked
package io.millrace.examples;

import org.jspecify.annotations.NullMarked;
