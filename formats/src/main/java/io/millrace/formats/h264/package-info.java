/** H.264 as bytes: NAL units, parameter sets, AVCC and Annex-B. */
@NullMarked
package io.millrace.formats.h264;

import org.jspecify.annotations.NullMarked;
