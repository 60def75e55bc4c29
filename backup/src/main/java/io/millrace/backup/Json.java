package io.millrace.backup;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.deser.std.StdDeserializer;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.ser.std.ToStringSerializer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;

/** The small documents of a backup. Times are ISO 8601. */
final class Json {
    private static final ObjectMapper JSON =
            new ObjectMapper()
                    .registerModule(
                            new SimpleModule()
                                    .addSerializer(Instant.class, ToStringSerializer.instance)
                                    .addDeserializer(Instant.class, new Instants()));

    private static final class Instants extends StdDeserializer<Instant> {
        private static final long serialVersionUID = 1L;

        Instants() {
            super(Instant.class);
        }

        @Override
        public Instant deserialize(JsonParser parser, DeserializationContext context)
                throws IOException {
            return Instant.parse(parser.getText());
        }
    }

    private Json() {}

    static byte[] write(Object value) {
        try {
            return JSON.writeValueAsBytes(value);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Reads a document with a {@code version}.
     *
     * @throws BackupException FORMAT for a newer one, DAMAGED for what is none
     */
    static <T> T read(byte[] bytes, Class<T> type, int version, String what) {
        try {
            JsonNode document = JSON.readTree(bytes);
            if (document.path("version").asInt() > version) {
                throw new BackupException(
                        BackupException.Code.FORMAT,
                        "%s has form %s, this program knows %d: use the Millrace that wrote it"
                                .formatted(what, document.path("version"), version));
            }
            T value = JSON.treeToValue(document, type);
            if (value == null) {
                throw new BackupException(BackupException.Code.DAMAGED, what + " is empty");
            }
            return value;
        } catch (IOException | RuntimeException e) {
            if (e instanceof BackupException known) {
                throw known;
            }
            throw new BackupException(
                    BackupException.Code.DAMAGED, what + " is damaged: " + e.getMessage(), e);
        }
    }
}
