package io.millrace.console;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.deser.std.FromStringDeserializer;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.ser.std.ToStringSerializer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;

/** JSON in and out: records by their names, times as ISO 8601. */
final class Json {
    private static final ObjectMapper MAPPER = mapper();

    private Json() {}

    private static ObjectMapper mapper() {
        ObjectMapper mapper =
                JsonMapper.builder()
                        .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
                        .addModule(
                                new SimpleModule()
                                        .addSerializer(Instant.class, ToStringSerializer.instance)
                                        .addDeserializer(Instant.class, new InstantReader()))
                        .build();
        mapper.getFactory()
                .setStreamReadConstraints(
                        StreamReadConstraints.builder()
                                .maxNestingDepth(32)
                                .maxStringLength(Call.MAX_BODY_BYTES)
                                .build());
        return mapper;
    }

    /** Times that this module wrote. */
    private static final class InstantReader extends FromStringDeserializer<Instant> {
        InstantReader() {
            super(Instant.class);
        }

        @Override
        protected Instant _deserialize(String text, DeserializationContext context) {
            return Instant.parse(text);
        }
    }

    static byte[] write(Object value) {
        try {
            return MAPPER.writeValueAsBytes(value);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException("an answer could not be written as JSON", e);
        }
    }

    /** Reads a request's JSON; what does not fit is a 400 that says where. */
    static <T> T read(byte[] json, Class<T> type) {
        try {
            T value = MAPPER.readValue(json, type);
            if (value == null) {
                throw ApiError.invalid("The body is empty.", "Send a JSON object.");
            }
            return value;
        } catch (JsonProcessingException e) {
            throw ApiError.invalid(JsonFault.text(e), "Mend that place and send it again.");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Reads JSON that this module wrote itself. */
    static <T> T stored(byte[] json, int offset, Class<T> type) {
        try {
            return MAPPER.readValue(json, offset, json.length - offset, type);
        } catch (IOException e) {
            throw new ConsoleException(
                    ConsoleException.Code.FORMAT, "a stored setting can't be read", e);
        }
    }
}
