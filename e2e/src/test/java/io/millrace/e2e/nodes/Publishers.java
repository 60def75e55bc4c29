package io.millrace.e2e.nodes;

import io.millrace.e2e.ClockPicture;
import io.millrace.e2e.ConsoleClient;
import io.millrace.e2e.ServerProcess;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Real encoders that want the same streams on every node, all the time: one node has each, the
 * others refuse, and when a push ends or a node dies the next one that comes takes it over.
 */
final class Publishers implements AutoCloseable {
    private static final String STREAM = "contested";
    private static final String BODY = "{\"name\":\"%s\",\"bucket\":\"%s\"}";
    private static final int SLICES_A_SECOND = 5;

    private final CountDownLatch over = new CountDownLatch(1);
    private final List<Thread> threads = new ArrayList<>();
    private final Path video;
    private final Findings findings;

    /** Makes so many streams and begins to publish. */
    static Publishers start(
            List<ServerProcess> nodes,
            Path directory,
            String bucket,
            int streams,
            Random random,
            Findings findings)
            throws Exception {
        Publishers publishers = new Publishers(directory.resolve("push.flv"), findings);
        List<String> encode =
                new ArrayList<>(List.of("ffmpeg", "-nostdin", "-v", "error", "-f", "lavfi", "-i"));
        encode.addAll(List.of("testsrc2=size=160x90:rate=10", "-t", "30"));
        encode.addAll(ClockPicture.encoding(10));
        encode.add(publishers.video.toString());
        if (publishers.run(encode).waitFor() != 0) {
            throw new IOException("ffmpeg made no video");
        }
        List<String> keys = new ArrayList<>();
        try (ConsoleClient console = new ConsoleClient(nodes.getFirst().console())) {
            for (int i = 0; i < streams; i++) {
                String name = STREAM + i;
                console.post("/api/streams", BODY.formatted(name, bucket));
                keys.add(console.get("/api/streams/" + name).at("/publish/obsKey").asText());
            }
        }
        for (ServerProcess node : nodes) {
            for (String key : keys) {
                Random own = new Random(random.nextLong());
                String url = "rtmp://127.0.0.1:" + node.rtmpPort() + "/live/" + key;
                publishers.threads.add(
                        Thread.ofVirtual().start(() -> publishers.publish(url, own)));
            }
        }
        return publishers;
    }

    private Publishers(Path video, Findings findings) {
        this.video = video;
        this.findings = findings;
    }

    private Process run(List<String> command) throws IOException {
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    private void publish(String url, Random random) {
        List<String> push =
                List.of(
                        "ffmpeg",
                        "-nostdin",
                        "-v",
                        "error",
                        "-re",
                        "-i",
                        video.toString(),
                        "-c",
                        "copy",
                        "-f",
                        "flv",
                        url);
        try {
            do {
                Process process = run(push);
                int most = SLICES_A_SECOND * (3 + random.nextInt(25));
                for (int i = 0; i < most && over.getCount() > 0 && process.isAlive(); i++) {
                    process.waitFor(1_000 / SLICES_A_SECOND, TimeUnit.MILLISECONDS);
                }
                process.destroyForcibly().waitFor();
                findings.operation("pushes");
            } while (!over.await(1 + random.nextInt(3), TimeUnit.SECONDS));
        } catch (IOException | InterruptedException e) {
            findings.wrong("the publisher to " + url + " can't go on: " + e);
        }
    }

    @Override
    public void close() throws InterruptedException {
        over.countDown();
        for (Thread thread : threads) {
            thread.join();
        }
    }
}
