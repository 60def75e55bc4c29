package io.millrace.formats.mpegts;

/**
 * A place where a player can begin.
 *
 * @param offset the byte where the packet begins that starts the keyframe
 * @param entryOffset where to read from: the PAT when PAT and PMT stand right before the keyframe,
 *     else the same as {@code offset}
 * @param tablesInFront whether they do; when not, put {@link TsProgram#tables} in front
 * @param pts presentation time in 90 kHz ticks, 33 bits, -1 when the stream states none
 * @param dts decoding time likewise; the PTS when only that is stated
 */
public record TsKeyframe(
        long offset, long entryOffset, boolean tablesInFront, long pts, long dts) {}
