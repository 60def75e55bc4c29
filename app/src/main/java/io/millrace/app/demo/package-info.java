/**
 * What {@code millrace demo} sets up and runs: a live stream, a simulated camera, sample media,
 * lines to paste.
 */
@NullMarked
package io.millrace.app.demo;

import org.jspecify.annotations.NullMarked;
