package io.millrace.formats.aac;

import io.millrace.formats.FormatException;

/**
 * ADTS headers (ISO/IEC 13818-7, 6.2), seven bytes without CRC.
 *
 * @param config what the header says of the stream
 * @param frameBytes header and frame together
 * @param headerBytes 7, or 9 with a CRC
 */
public record Adts(AacConfig config, int frameBytes, int headerBytes) {
    public static final int HEADER_BYTES = 7;
    private static final int MAX_FRAME = 0x1fff;

    /** Writes the header of a raw frame of {@code frameBytes} at {@code at}. */
    public static void write(AacConfig config, int frameBytes, byte[] into, int at) {
        int total = frameBytes + HEADER_BYTES;
        if (total > MAX_FRAME) {
            throw FormatException.tooLarge("AAC frame of " + frameBytes + " bytes");
        }
        into[at] = (byte) 0xff;
        into[at + 1] = (byte) 0xf1;
        into[at + 2] =
                (byte)
                        ((config.coreObjectType() - 1) << 6
                                | config.frequencyIndex() << 2
                                | config.channelConfiguration() >> 2);
        into[at + 3] = (byte) ((config.channelConfiguration() & 3) << 6 | total >> 11);
        into[at + 4] = (byte) (total >> 3);
        into[at + 5] = (byte) ((total & 7) << 5 | 0x1f);
        into[at + 6] = (byte) 0xfc;
    }

    /** Parses the header at {@code at}. */
    public static Adts parse(byte[] bytes, int at, int length) {
        if (length < HEADER_BYTES) {
            throw FormatException.truncated("ADTS header");
        }
        if ((bytes[at] & 0xff) != 0xff || (bytes[at + 1] & 0xf6) != 0xf0) {
            throw FormatException.malformed("no ADTS header");
        }
        int core = ((bytes[at + 2] >> 6) & 3) + 1;
        int index = (bytes[at + 2] >> 2) & 15;
        int channels = (bytes[at + 2] & 1) << 2 | ((bytes[at + 3] >> 6) & 3);
        int total =
                (bytes[at + 3] & 3) << 11
                        | (bytes[at + 4] & 0xff) << 3
                        | ((bytes[at + 5] & 0xff) >> 5);
        int header = (bytes[at + 1] & 1) == 1 ? 7 : 9;
        if (index >= AacConfig.RATES.length || channels == 0 || total < header) {
            throw FormatException.malformed("ADTS header with impossible values");
        }
        AacConfig config = new AacConfig(core, core, index, AacConfig.RATES[index], channels);
        return new Adts(config, total, header);
    }
}
