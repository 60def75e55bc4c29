package io.millrace.formats.h264;

import io.millrace.formats.BitReader;
import io.millrace.formats.FormatException;
import java.util.Locale;
import java.util.Set;

/**
 * A sequence parameter set (H.264 7.3.2.1.1 and E.1.1).
 *
 * @param profile profile_idc
 * @param constraints the byte of constraint flags
 * @param level level_idc, ten times the level
 * @param width shown width in pixels, cropping taken off
 * @param height shown height in pixels, cropping taken off
 * @param framesPerSecond from the timing in the VUI, 0 when it has none
 */
public record Sps(
        int profile, int constraints, int level, int width, int height, double framesPerSecond) {
    private static final Set<Integer> WITH_CHROMA =
            Set.of(100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135);
    private static final int MAX_MACROBLOCKS = 1_024; // 16,384 pixels

    /** Parses a NAL unit, header byte first, emulation prevention included. */
    public static Sps parse(byte[] nal, int offset, int length) {
        if (length < 4 || length > 4_096) {
            throw FormatException.malformed("H.264 SPS of " + length + " bytes");
        }
        if (Nal.type(nal[offset]) != Nal.SPS) {
            throw FormatException.malformed("NAL unit is no SPS");
        }
        byte[] raw = Nal.unescape(nal, offset, length);
        BitReader bits = new BitReader(raw, 1, raw.length - 1);
        int profile = bits.bits(8);
        int constraints = bits.bits(8);
        int level = bits.bits(8);
        bits.unsignedGolomb(31, "seq_parameter_set_id");
        int chroma = 1;
        if (WITH_CHROMA.contains(profile)) {
            chroma = chroma(bits);
        }
        bits.unsignedGolomb(12, "log2_max_frame_num_minus4");
        pictureOrder(bits);
        bits.unsignedGolomb(16, "max_num_ref_frames");
        bits.skip(1); // gaps_in_frame_num_value_allowed_flag
        int columns = bits.unsignedGolomb(MAX_MACROBLOCKS - 1, "pic_width_in_mbs_minus1") + 1;
        int rows = bits.unsignedGolomb(MAX_MACROBLOCKS - 1, "pic_height_in_map_units_minus1") + 1;
        boolean frames = bits.flag();
        if (!frames) {
            bits.skip(1); // mb_adaptive_frame_field_flag
        }
        bits.skip(1); // direct_8x8_inference_flag
        int width = columns * 16;
        int height = rows * 16 * (frames ? 1 : 2);
        if (bits.flag()) {
            int stepX = chroma == 1 || chroma == 2 ? 2 : 1;
            int stepY = (chroma == 1 ? 2 : 1) * (frames ? 1 : 2);
            width -= stepX * (crop(bits) + crop(bits));
            height -= stepY * (crop(bits) + crop(bits));
        }
        if (width < 1 || height < 1) {
            throw FormatException.malformed("H.264 SPS crops everything away");
        }
        return new Sps(profile, constraints, level, width, height, vuiRate(bits));
    }

    /** RFC 6381, for CODECS: {@code avc1.64001f}. */
    public String codec() {
        return String.format(Locale.ROOT, "avc1.%02x%02x%02x", profile, constraints, level);
    }

    private static int crop(BitReader bits) {
        return bits.unsignedGolomb(16_384, "frame crop offset");
    }

    private static int chroma(BitReader bits) {
        int chroma = bits.unsignedGolomb(3, "chroma_format_idc");
        if (chroma == 3) {
            bits.skip(1); // separate_colour_plane_flag
        }
        bits.unsignedGolomb(6, "bit_depth_luma_minus8");
        bits.unsignedGolomb(6, "bit_depth_chroma_minus8");
        bits.skip(1); // qpprime_y_zero_transform_bypass_flag
        if (bits.flag()) {
            for (int i = 0; i < (chroma == 3 ? 12 : 8); i++) {
                if (bits.flag()) {
                    scalingList(bits, i < 6 ? 16 : 64);
                }
            }
        }
        return chroma;
    }

    private static void scalingList(BitReader bits, int size) {
        int last = 8;
        int next = 8;
        for (int i = 0; i < size && next != 0; i++) {
            next = (last + bits.signedGolomb() + 256) & 0xff;
            last = next == 0 ? last : next;
        }
    }

    private static void pictureOrder(BitReader bits) {
        switch (bits.unsignedGolomb(2, "pic_order_cnt_type")) {
            case 0 -> bits.unsignedGolomb(12, "log2_max_pic_order_cnt_lsb_minus4");
            case 1 -> {
                bits.skip(1);
                bits.signedGolomb();
                bits.signedGolomb();
                int cycle = bits.unsignedGolomb(255, "num_ref_frames_in_pic_order_cnt_cycle");
                for (int i = 0; i < cycle; i++) {
                    bits.signedGolomb();
                }
            }
            default -> {}
        }
    }

    /**
     * The VUI's frame rate; encoders get the VUI wrong, so that damage there only hides the rate.
     */
    private static double vuiRate(BitReader bits) {
        try {
            return bits.flag() ? rate(bits) : 0;
        } catch (FormatException e) {
            return 0;
        }
    }

    private static double rate(BitReader bits) {
        if (bits.flag() && bits.bits(8) == 255) { // aspect_ratio_idc Extended_SAR
            bits.skip(32);
        }
        if (bits.flag()) { // overscan_info_present_flag
            bits.skip(1);
        }
        if (bits.flag()) { // video_signal_type_present_flag
            bits.skip(4);
            if (bits.flag()) {
                bits.skip(24);
            }
        }
        if (bits.flag()) { // chroma_loc_info_present_flag
            bits.unsignedGolomb();
            bits.unsignedGolomb();
        }
        if (!bits.flag()) { // timing_info_present_flag
            return 0;
        }
        long unit = bits.bits(32) & 0xffffffffL;
        long scale = bits.bits(32) & 0xffffffffL;
        double rate = unit == 0 ? 0 : scale / (2.0 * unit);
        return rate > 1_000 ? 0 : rate;
    }
}
