package io.millrace.gateway.parse;

import io.millrace.gateway.api.ErrorCode;
import io.millrace.gateway.api.GatewayException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A browser's {@code multipart/form-data} upload (RFC 7578): fields first, then the file, which is
 * streamed. What follows the file is ignored, as both peers do. Not thread-safe.
 */
public final class MultipartForm {
    private static final int MAX_FIELDS = 100;
    private static final int MAX_FIELDS_BYTES = 64 << 10;
    private static final int MAX_PART_HEAD_BYTES = 8 << 10;
    private static final int MAX_BOUNDARY = 200;

    private final InputStream body;
    private final byte[] delimiter;
    private final byte[] buffer = new byte[64 << 10];
    private int from;
    private int to;
    private boolean ended;

    private final Map<String, String> fields = new LinkedHashMap<>();
    private String fileName = "";
    private @Nullable String fileType;

    private MultipartForm(InputStream body, String boundary) {
        this.body = body;
        this.delimiter = ("\r\n--" + boundary).getBytes(StandardCharsets.ISO_8859_1);
    }

    /** The boundary that a Content-Type names. */
    static String boundary(String contentType) {
        for (String parameter : contentType.split(";")) {
            String text = parameter.strip();
            if (text.toLowerCase(Locale.ROOT).startsWith("boundary=")) {
                String value = text.substring("boundary=".length());
                if (value.length() > 1 && value.startsWith("\"") && value.endsWith("\"")) {
                    value = value.substring(1, value.length() - 1);
                }
                if (!value.isEmpty() && value.length() <= MAX_BOUNDARY) {
                    return value;
                }
            }
        }
        throw malformed("The Content-Type names no boundary.");
    }

    /** Reads the fields up to the file. */
    public static MultipartForm read(InputStream body, String boundary) throws IOException {
        MultipartForm form = new MultipartForm(body, boundary);
        form.readFields();
        return form;
    }

    /** The fields before the file, by lower-case name. */
    public Map<String, String> fields() {
        return fields;
    }

    /** The file's name as the browser gave it, without directories; may be empty. */
    public String fileName() {
        return fileName;
    }

    /** The file part's own Content-Type, or null. */
    public @Nullable String fileType() {
        return fileType;
    }

    /** The file's bytes. A body that ends before its delimiter makes reads throw. */
    public InputStream file() {
        return new PartStream();
    }

    private void readFields() throws IOException {
        // The first delimiter has no line break before it.
        skipPreamble();
        int bytes = 0;
        while (true) {
            Map<String, String> head = partHead();
            String disposition = head.getOrDefault("content-disposition", "");
            String name = parameter(disposition, "name");
            if (name == null) {
                throw malformed("A part has no name.");
            }
            if (name.equalsIgnoreCase("file")) {
                String given = parameter(disposition, "filename");
                fileName = given == null ? "" : baseName(given);
                fileType = head.get("content-type");
                return;
            }
            String value = text(MAX_FIELDS_BYTES - bytes);
            bytes += name.length() + value.length();
            if (fields.size() == MAX_FIELDS || bytes > MAX_FIELDS_BYTES) {
                throw malformed("The fields before the file are too many or too large.");
            }
            if (fields.putIfAbsent(name.toLowerCase(Locale.ROOT), value) != null) {
                throw malformed("The field " + name + " is there twice.");
            }
            if (!moreParts()) {
                throw new GatewayException(
                                ErrorCode.INVALID_ARGUMENT,
                                "POST requires exactly one file upload per request.")
                        .with("ArgumentName", "file")
                        .with("ArgumentValue", "0");
            }
        }
    }

    private void skipPreamble() throws IOException {
        int first = delimiter.length - 2;
        require(first);
        for (int i = 0; i < first; i++) {
            if (buffer[from + i] != delimiter[i + 2]) {
                throw malformed("The body does not begin with its boundary.");
            }
        }
        from += first;
        if (!moreParts()) {
            throw malformed("The form is empty.");
        }
    }

    /** After a delimiter: a line break begins another part, two dashes end the form. */
    private boolean moreParts() throws IOException {
        require(2);
        byte a = buffer[from];
        byte b = buffer[from + 1];
        from += 2;
        if (a == '-' && b == '-') {
            return false;
        }
        if (a != '\r' || b != '\n') {
            throw malformed("A boundary is followed by something else than a line break.");
        }
        return true;
    }

    private Map<String, String> partHead() throws IOException {
        Map<String, String> head = new LinkedHashMap<>();
        int bytes = 0;
        while (true) {
            String line = line(MAX_PART_HEAD_BYTES - bytes);
            if (line.isEmpty()) {
                return head;
            }
            bytes += line.length() + 2;
            int colon = line.indexOf(':');
            if (colon <= 0) {
                throw malformed("A part's header has no colon.");
            }
            head.put(
                    line.substring(0, colon).strip().toLowerCase(Locale.ROOT),
                    line.substring(colon + 1).strip());
        }
    }

    private String line(int limit) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        while (true) {
            require(1);
            byte b = buffer[from++];
            if (b == '\n') {
                String text = line.toString(StandardCharsets.UTF_8);
                return text.endsWith("\r") ? text.substring(0, text.length() - 1) : text;
            }
            line.write(b);
            if (line.size() > limit) {
                throw malformed("A part's headers are too large.");
            }
        }
    }

    private String text(int limit) throws IOException {
        ByteArrayOutputStream value = new ByteArrayOutputStream();
        try (InputStream part = new PartStream()) {
            byte[] piece = new byte[4096];
            int count;
            while ((count = part.read(piece)) >= 0) {
                value.write(piece, 0, count);
                if (value.size() > limit) {
                    throw malformed("The fields before the file are too large.");
                }
            }
        }
        return value.toString(StandardCharsets.UTF_8);
    }

    private static @Nullable String parameter(String disposition, String name) {
        String mark = name + "=\"";
        int at = 0;
        while (true) {
            int found = disposition.indexOf(mark, at);
            if (found < 0) {
                return null;
            }
            // "name" is also the end of "filename".
            if (found > 0 && " ;\t".indexOf(disposition.charAt(found - 1)) >= 0) {
                int end = disposition.indexOf('"', found + mark.length());
                return end < 0 ? null : disposition.substring(found + mark.length(), end);
            }
            at = found + 1;
        }
    }

    private static String baseName(String name) {
        int slash = Math.max(name.lastIndexOf('/'), name.lastIndexOf('\\'));
        return name.substring(slash + 1);
    }

    /** Makes at least {@code count} bytes readable in the buffer. */
    private void require(int count) throws IOException {
        while (to - from < count) {
            if (!fill()) {
                throw malformed("The body ends in the middle of the form.");
            }
        }
    }

    private boolean fill() throws IOException {
        if (ended) {
            return false;
        }
        if (from > 0) {
            System.arraycopy(buffer, from, buffer, 0, to - from);
            to -= from;
            from = 0;
        }
        int count = body.read(buffer, to, buffer.length - to);
        if (count < 0) {
            ended = true;
            return false;
        }
        to += count;
        return true;
    }

    private static GatewayException malformed(String message) {
        return new GatewayException(ErrorCode.MALFORMED_POST, message);
    }

    /** The bytes of a part, up to its delimiter. */
    private final class PartStream extends InputStream {
        private boolean done;

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            if (done) {
                return -1;
            }
            if (length == 0) {
                return 0;
            }
            while (true) {
                int at = find();
                if (at == from) {
                    from += delimiter.length;
                    done = true;
                    return -1;
                }
                // Bytes that can't be the beginning of the delimiter are the part's.
                int safe = at >= 0 ? at - from : to - from - (delimiter.length - 1);
                if (safe > 0) {
                    int count = Math.min(safe, length);
                    System.arraycopy(buffer, from, into, offset, count);
                    from += count;
                    return count;
                }
                if (!fill()) {
                    throw malformed("The body ends before the file's boundary.");
                }
            }
        }

        private int find() {
            int last = to - delimiter.length;
            for (int i = from; i <= last; i++) {
                if (buffer[i] == '\r' && matches(i)) {
                    return i;
                }
            }
            return -1;
        }

        private boolean matches(int at) {
            for (int i = 1; i < delimiter.length; i++) {
                if (buffer[at + i] != delimiter[i]) {
                    return false;
                }
            }
            return true;
        }
    }
}
