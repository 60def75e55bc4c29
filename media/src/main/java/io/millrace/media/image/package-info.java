/**
 * The pool of image workers, seen from the server: started on demand, fed, timed, killed and
 * replaced.
 */
@NullMarked
package io.millrace.media.image;

import org.jspecify.annotations.NullMarked;
