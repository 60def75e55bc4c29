package io.millrace.formats.amf;

import io.millrace.formats.FormatException;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads and writes AMF0.
 *
 * <p>Bounds: 16 levels, 4,096 values in one message; references, typed objects and AMF3 are
 * refused, since no publisher sends them.
 */
public final class Amf0 {
    private static final int MAX_DEPTH = 16;
    private static final int MAX_VALUES = 4_096;

    private final byte[] bytes;
    private final ByteBuffer in;
    private int values;

    private Amf0(byte[] bytes, int offset, int length) {
        this.bytes = bytes;
        this.in = ByteBuffer.wrap(bytes, offset, length);
    }

    /** All values in {@code length} bytes from {@code offset}. */
    public static List<AmfValue> read(byte[] bytes, int offset, int length) {
        Amf0 reader = new Amf0(bytes, offset, length);
        List<AmfValue> all = new ArrayList<>();
        while (reader.in.hasRemaining()) {
            all.add(reader.value(0));
        }
        return all;
    }

    /** The values, one after the other. */
    public static byte[] write(AmfValue... values) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(256);
        for (AmfValue value : values) {
            write(out, value);
        }
        return out.toByteArray();
    }

    private AmfValue value(int depth) {
        if (depth > MAX_DEPTH || ++values > MAX_VALUES) {
            throw FormatException.tooLarge("AMF0 nests too deep or holds too many values");
        }
        int marker = need(1).get() & 0xff;
        return switch (marker) {
            case 0 -> new AmfValue.Num(need(8).getDouble());
            case 1 -> new AmfValue.Bool(need(1).get() != 0);
            case 2 -> new AmfValue.Str(text(need(2).getShort() & 0xffff));
            case 3 -> new AmfValue.Obj(fields(depth));
            case 5, 6 -> AmfValue.NOTHING;
            case 8 -> {
                need(4).getInt(); // the count is a hint only
                yield new AmfValue.Obj(fields(depth));
            }
            case 10 -> array(depth);
            case 11 -> date();
            case 12 -> new AmfValue.Str(text(need(4).getInt()));
            default -> throw FormatException.malformed("AMF0 marker " + marker);
        };
    }

    private AmfValue date() {
        double milliseconds = need(10).getDouble();
        in.getShort();
        return new AmfValue.Date(milliseconds);
    }

    private AmfValue array(int depth) {
        int count = need(4).getInt();
        if (count < 0 || count > in.remaining()) {
            throw FormatException.malformed("AMF0 array is longer than its message");
        }
        List<AmfValue> items = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            items.add(value(depth + 1));
        }
        return new AmfValue.Arr(items);
    }

    private Map<String, AmfValue> fields(int depth) {
        Map<String, AmfValue> fields = new LinkedHashMap<>();
        // Some encoders end an ECMA array with the message instead of the end marker.
        while (in.hasRemaining()) {
            String name = text(need(2).getShort() & 0xffff);
            if (name.isEmpty() && in.hasRemaining() && in.get(in.position()) == 9) {
                in.get();
                return fields;
            }
            fields.put(name, value(depth + 1));
        }
        return fields;
    }

    private String text(int length) {
        if (length < 0) {
            throw FormatException.malformed("AMF0 string has a negative length");
        }
        need(length);
        String text = new String(bytes, in.position(), length, StandardCharsets.UTF_8);
        in.position(in.position() + length);
        return text;
    }

    private ByteBuffer need(int count) {
        if (in.remaining() < count) {
            throw FormatException.truncated("AMF0 value");
        }
        return in;
    }

    private static void write(ByteArrayOutputStream out, AmfValue value) {
        switch (value) {
            case AmfValue.Num(double number) -> {
                out.write(0);
                out.writeBytes(ByteBuffer.allocate(8).putDouble(number).array());
            }
            case AmfValue.Bool(boolean flag) -> {
                out.write(1);
                out.write(flag ? 1 : 0);
            }
            case AmfValue.Str(String text) -> writeText(out, text);
            case AmfValue.Obj(Map<String, AmfValue> fields) -> {
                out.write(3);
                fields.forEach(
                        (name, field) -> {
                            writeName(out, name);
                            write(out, field);
                        });
                out.writeBytes(new byte[] {0, 0, 9});
            }
            case AmfValue.Arr(List<AmfValue> items) -> {
                out.write(10);
                out.writeBytes(ByteBuffer.allocate(4).putInt(items.size()).array());
                items.forEach(item -> write(out, item));
            }
            case AmfValue.Date(double milliseconds) -> {
                out.write(11);
                out.writeBytes(ByteBuffer.allocate(10).putDouble(milliseconds).array());
            }
            case AmfValue.Nothing() -> out.write(5);
        }
    }

    private static void writeText(ByteArrayOutputStream out, String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        if (utf8.length > 0xffff) {
            out.write(12);
            out.writeBytes(ByteBuffer.allocate(4).putInt(utf8.length).array());
            out.writeBytes(utf8);
        } else {
            out.write(2);
            writeName(out, text);
        }
    }

    private static void writeName(ByteArrayOutputStream out, String name) {
        byte[] utf8 = name.getBytes(StandardCharsets.UTF_8);
        if (utf8.length > 0xffff) {
            throw FormatException.tooLarge("AMF0 name of " + utf8.length + " bytes");
        }
        out.write(utf8.length >> 8);
        out.write(utf8.length);
        out.writeBytes(utf8);
    }
}
