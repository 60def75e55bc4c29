/** AAC as bytes: AudioSpecificConfig and ADTS. */
@NullMarked
package io.millrace.formats.aac;

import org.jspecify.annotations.NullMarked;
