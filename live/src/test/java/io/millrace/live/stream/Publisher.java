package io.millrace.live.stream;

import io.millrace.live.rtmp.Ingest;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A publisher without a network: makes FLV tags and notes what it is told. */
final class Publisher implements Ingest.Peer {
    static final int WIDTH = 320;
    static final int HEIGHT = 192;

    final List<String> cuts = new ArrayList<>();
    private final String address;
    long silentMilliseconds;

    /** When it ends after it was cut; null: at once, on the thread that cuts it. */
    @Nullable Consumer<Runnable> ends;

    private Ingest.@Nullable Publication publication;

    Publisher(String address) {
        this.address = address;
    }

    /** Asks to be let in; notes the publication when it is. */
    Ingest.Admission enter(LiveStream stream) {
        Ingest.Admission admission = stream.admit(this);
        if (admission instanceof Ingest.Admission.Admitted(Ingest.Publication let)) {
            publication = let;
        }
        return admission;
    }

    /** Enters with a picture and no sound. */
    Publisher begin(LiveStream stream) {
        enter(stream);
        let().video(0, config(0));
        return this;
    }

    Ingest.Publication let() {
        return java.util.Objects.requireNonNull(publication, "not let in");
    }

    /** Pictures each half second, keyframes on whole ones, up to and without the end. */
    void seconds(int from, int to) {
        for (int half = 2 * from; half < 2 * to; half++) {
            let().video(half * 500L, picture(half % 2 == 0));
        }
    }

    void end() {
        let().end("over");
    }

    @Override
    public String address() {
        return address;
    }

    @Override
    public boolean silentFor(long milliseconds) {
        return silentMilliseconds >= milliseconds;
    }

    @Override
    public void cut(String reason) {
        cuts.add(reason);
        if (publication == null) {
            return;
        }
        Runnable end = () -> let().end(reason);
        if (ends == null) {
            end.run();
        } else {
            ends.accept(end);
        }
    }

    /** An access unit in one slice, with a composition offset of nothing. */
    static byte[] picture(boolean keyframe) {
        return avcc(keyframe, keyframe ? 0x65 : 0x41, 1, 2, 3);
    }

    static byte[] avcc(boolean keyframe, int... nal) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(new byte[] {(byte) (keyframe ? 0x17 : 0x27), 1, 0, 0, 0});
        out.writeBytes(new byte[] {0, 0, 0, (byte) nal.length});
        Arrays.stream(nal).forEach(out::write);
        return out.toByteArray();
    }

    static byte[] sound(int length) {
        byte[] tag = new byte[2 + length];
        tag[0] = (byte) 0xaf;
        tag[1] = 1;
        return tag;
    }

    /** AAC-LC, two channels, at the sampling frequency of that index (3 is 48 kHz). */
    static byte[] soundConfig(int frequencyIndex) {
        return new byte[] {
            (byte) 0xaf,
            0,
            (byte) (2 << 3 | frequencyIndex >> 1),
            (byte) (frequencyIndex << 7 | 2 << 3)
        };
    }

    /** The decoder's configuration; {@code framesPerSecond} 0 leaves the rate unsaid. */
    static byte[] config(int framesPerSecond) {
        byte[] sps = sps(framesPerSecond);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(new byte[] {0x17, 0, 0, 0, 0, 1, 66, (byte) 0xc0, 30, (byte) 0xff});
        out.writeBytes(new byte[] {(byte) 0xe1, 0, (byte) sps.length});
        out.writeBytes(sps);
        out.writeBytes(new byte[] {1, 0, 2, 0x68, (byte) 0xce});
        return out.toByteArray();
    }

    private static byte[] sps(int framesPerSecond) {
        StringBuilder bits = new StringBuilder();
        bits.append("01100111").append("01000010").append("11000000").append("00011110");
        bits.append(ue(0)).append(ue(0)).append(ue(2)).append(ue(1)).append('0');
        bits.append(ue(WIDTH / 16 - 1)).append(ue(HEIGHT / 16 - 1)).append("110");
        if (framesPerSecond == 0) {
            bits.append('0');
        } else {
            bits.append('1').append("00001");
            bits.append(thirtyTwo(1_000)).append(thirtyTwo(2_000 * framesPerSecond)).append('1');
            bits.append("0000");
        }
        bits.append('1');
        while (bits.length() % 8 != 0) {
            bits.append('0');
        }
        byte[] out = new byte[bits.length() / 8];
        for (int i = 0; i < out.length; i++) {
            out[i] = (byte) Integer.parseInt(bits.substring(8 * i, 8 * i + 8), 2);
        }
        return escaped(out);
    }

    private static byte[] escaped(byte[] nal) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        int zeros = 0;
        for (byte b : nal) {
            if (zeros >= 2 && (b & 0xff) <= 3) {
                out.write(3);
                zeros = 0;
            }
            out.write(b);
            zeros = b == 0 ? zeros + 1 : 0;
        }
        return out.toByteArray();
    }

    private static String ue(int value) {
        String binary = Integer.toBinaryString(value + 1);
        return "0".repeat(binary.length() - 1) + binary;
    }

    private static String thirtyTwo(int value) {
        String binary = Integer.toBinaryString(value);
        return "0".repeat(32 - binary.length()) + binary;
    }
}
