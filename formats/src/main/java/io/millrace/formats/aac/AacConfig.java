package io.millrace.formats.aac;

import io.millrace.formats.BitReader;
import io.millrace.formats.FormatException;

/**
 * An AudioSpecificConfig (ISO/IEC 14496-3, 1.6.2.1), as far as ADTS and CODECS need it.
 *
 * @param objectType 2 for AAC-LC; for HE-AAC the signalled extension (5 or 29)
 * @param coreObjectType the object type under the extension, which ADTS carries
 * @param frequencyIndex index of the core's sampling frequency, 0 to 12
 * @param sampleRateHertz the core's sampling frequency
 * @param channelConfiguration 1 to 7, 7 means eight channels
 */
public record AacConfig(
        int objectType,
        int coreObjectType,
        int frequencyIndex,
        int sampleRateHertz,
        int channelConfiguration) {
    static final int[] RATES = {
        96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025,
        8_000, 7_350
    };

    /** Samples in one AAC frame. */
    public static final int FRAME_SAMPLES = 1_024;

    public static AacConfig parse(byte[] bytes, int offset, int length) {
        BitReader bits = new BitReader(bytes, offset, Math.min(length, 64));
        int objectType = objectType(bits);
        int index = frequency(bits);
        int channels = bits.bits(4);
        int core = objectType;
        if (objectType == 5 || objectType == 29) {
            frequency(bits); // the extension's; ADTS signals the core and SBR is found implicitly
            core = objectType(bits);
        }
        if (core < 1 || core > 4) {
            throw FormatException.unsupported("AAC object type " + core + "; send AAC-LC");
        }
        if (channels < 1 || channels > 7) {
            throw FormatException.unsupported("AAC channel configuration " + channels);
        }
        return new AacConfig(objectType, core, index, RATES[index], channels);
    }

    public int channels() {
        return channelConfiguration == 7 ? 8 : channelConfiguration;
    }

    /** RFC 6381, for CODECS: {@code mp4a.40.2}. */
    public String codec() {
        return "mp4a.40." + objectType;
    }

    private static int objectType(BitReader bits) {
        int type = bits.bits(5);
        return type == 31 ? 32 + bits.bits(6) : type;
    }

    private static int frequency(BitReader bits) {
        int index = bits.bits(4);
        if (index == 15) {
            int rate = bits.bits(24);
            for (int i = 0; i < RATES.length; i++) {
                if (RATES[i] == rate) {
                    return i;
                }
            }
            throw FormatException.unsupported("AAC sampling frequency of " + rate + " Hz");
        }
        if (index >= RATES.length) {
            throw FormatException.malformed("AAC sampling frequency index " + index);
        }
        return index;
    }
}
