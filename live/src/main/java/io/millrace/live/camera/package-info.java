/**
 * Cameras' playback: follows the change log, finds the keyframes in what devices append, and
 * answers playlists of byte ranges on the growing objects. Family {@code S c} of the key space is
 * its index, derived from the objects.
 */
@NullMarked
package io.millrace.live.camera;

import org.jspecify.annotations.NullMarked;
