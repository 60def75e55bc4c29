package io.millrace.formats.hls;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A multivariant playlist (RFC 8216, section 4.3.4).
 *
 * @param independentSegments EXT-X-INDEPENDENT-SEGMENTS
 * @param variants one EXT-X-STREAM-INF each
 */
public record MasterPlaylist(boolean independentSegments, List<Variant> variants) {

    /**
     * One way to see the stream.
     *
     * @param uri the line after EXT-X-STREAM-INF
     * @param bandwidth BANDWIDTH: the peak over segments, bits a second
     * @param averageBandwidth AVERAGE-BANDWIDTH, 0 for none
     * @param codecs CODECS, RFC 6381, null when unknown
     * @param width first number of RESOLUTION, 0 for none
     * @param height second number of RESOLUTION
     * @param frameRate FRAME-RATE, 0 for none
     */
    public record Variant(
            String uri,
            long bandwidth,
            long averageBandwidth,
            @Nullable String codecs,
            int width,
            int height,
            double frameRate) {}

    public MasterPlaylist {
        variants = List.copyOf(variants);
    }

    /** The playlist as text, one tag a line. */
    public String write() {
        StringBuilder out = new StringBuilder("#EXTM3U\n#EXT-X-VERSION:3\n");
        if (independentSegments) {
            out.append("#EXT-X-INDEPENDENT-SEGMENTS\n");
        }
        for (Variant v : variants) {
            out.append("#EXT-X-STREAM-INF:BANDWIDTH=").append(v.bandwidth);
            if (v.averageBandwidth > 0) {
                out.append(",AVERAGE-BANDWIDTH=").append(v.averageBandwidth);
            }
            if (v.codecs != null) {
                out.append(",CODECS=\"").append(v.codecs).append('"');
            }
            if (v.width > 0) {
                out.append(",RESOLUTION=").append(v.width).append('x').append(v.height);
            }
            if (v.frameRate > 0) {
                out.append(",FRAME-RATE=").append(String.format(Locale.ROOT, "%.3f", v.frameRate));
            }
            out.append('\n').append(v.uri).append('\n');
        }
        return out.toString();
    }
}
