package io.millrace.edge.rules;

import io.millrace.edge.http.MalformedRequest;
import io.millrace.edge.http.Target;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An HLS playlist taken apart once, so that each viewer's answer costs one signature for each
 * distinct path and one walk over the pieces.
 *
 * <p>A URI that leaves the domain (another scheme or host) stays as it is. So does one outside the
 * part of the domain that the playlist's own proof speaks for: anybody who may write an object can
 * write a playlist, and must not get proofs for other people's streams and objects by naming them
 * in it.
 */
public final class Playlist {
    private static final String URI_ATTRIBUTE = "URI=\"";

    /** Below these, the first name is one stream or device, and its proof speaks for all of it. */
    private static final List<String> PLAYED = List.of("/_live/", "/_camera/");

    /** Text as it is, then a path to prove behind it; the path is null for the last piece. */
    private record Piece(String text, @Nullable String path, boolean hasQuery) {}

    private final List<Piece> pieces = new ArrayList<>();
    private final StringBuilder text = new StringBuilder();
    private int size;

    private Playlist() {}

    /** Whether a content type is a playlist's. */
    public static boolean is(@Nullable String contentType) {
        if (contentType == null) {
            return false;
        }
        String type = contentType.toLowerCase(java.util.Locale.ROOT);
        return type.startsWith("application/vnd.apple.mpegurl")
                || type.startsWith("application/x-mpegurl")
                || type.startsWith("audio/mpegurl")
                || type.startsWith("audio/x-mpegurl");
    }

    /**
     * Takes a playlist apart.
     *
     * @param path the viewer's path of the playlist itself
     */
    public static Playlist parse(String playlist, String path) {
        Playlist parsed = new Playlist();
        int at = 0;
        while (at < playlist.length()) {
            int end = playlist.indexOf('\n', at);
            int next = end < 0 ? playlist.length() : end + 1;
            parsed.line(playlist.substring(at, next), path);
            at = next;
        }
        parsed.pieces.add(new Piece(parsed.text.toString(), null, false));
        parsed.size = playlist.length();
        return parsed;
    }

    /** How long it is without proofs, in characters. */
    public int length() {
        return size;
    }

    /** The playlist for the viewer with this proof. */
    public String provenBy(Proof proof) {
        Map<String, String> proofs = new HashMap<>();
        StringBuilder out = new StringBuilder(size + pieces.size() * 80);
        for (Piece piece : pieces) {
            out.append(piece.text);
            if (piece.path != null) {
                out.append(piece.hasQuery ? '&' : '?')
                        .append(Proof.PARAMETER)
                        .append('=')
                        .append(proofs.computeIfAbsent(piece.path, proof::sign));
            }
        }
        return out.toString();
    }

    private void line(String line, String base) {
        if (line.startsWith("#")) {
            int at = line.indexOf(URI_ATTRIBUTE);
            int close = at < 0 ? -1 : line.indexOf('"', at + URI_ATTRIBUTE.length());
            if (close < 0) {
                text.append(line);
                return;
            }
            int open = at + URI_ATTRIBUTE.length();
            text.append(line, 0, open);
            uri(line.substring(open, close), base);
            text.append(line, close, line.length());
            return;
        }
        String uri = line.stripTrailing();
        if (uri.isBlank()) {
            text.append(line);
            return;
        }
        uri(uri, base);
        text.append(line, uri.length(), line.length());
    }

    private void uri(String uri, String base) {
        String path = path(uri, base);
        text.append(uri);
        if (path == null) {
            return;
        }
        pieces.add(new Piece(text.toString(), path, uri.indexOf('?') >= 0));
        text.setLength(0);
    }

    /** The normalised path that a URI reference names on this domain, or null. */
    private static @Nullable String path(String uri, String base) {
        int end = uri.length();
        for (int i = 0; i < end; i++) {
            char c = uri.charAt(i);
            if (c == '?' || c == '#') {
                end = i;
            } else if (c == ':' && uri.lastIndexOf('/', i) < 0) {
                return null;
            }
        }
        String path = uri.substring(0, end);
        if (path.startsWith("//") || uri.indexOf('#') >= 0) {
            return null;
        }
        String whole =
                path.isEmpty()
                        ? base
                        : path.startsWith("/")
                                ? path
                                : base.substring(0, base.lastIndexOf('/') + 1) + path;
        try {
            String named = Target.normaliseText(whole);
            return named.startsWith(reach(base)) ? named : null;
        } catch (MalformedRequest e) {
            return null;
        }
    }

    /** What a playlist's paths may begin with: its stream or device, else its own directory. */
    private static String reach(String playlist) {
        for (String root : PLAYED) {
            int end = playlist.indexOf('/', root.length());
            if (playlist.startsWith(root) && end > 0) {
                return playlist.substring(0, end + 1);
            }
        }
        return playlist.substring(0, playlist.lastIndexOf('/') + 1);
    }
}
