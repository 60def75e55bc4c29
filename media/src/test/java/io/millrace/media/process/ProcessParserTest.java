package io.millrace.media.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.media.process.ImageOperation.Crop;
import io.millrace.media.process.ImageOperation.ImageWatermark;
import io.millrace.media.process.ImageOperation.Mode;
import io.millrace.media.process.ImageOperation.Quality;
import io.millrace.media.process.ImageOperation.Resize;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ProcessParserTest {

    @Test
    void operationsKeepTheirOrderAndParameters() {
        List<ImageOperation> operations =
                image(
                        "image/resize,m_pad,h_100,w_200,color_FF8000/crop,x_1,y_2,w_3,h_4,g_se/quality,q_80");
        assertEquals(
                List.of(
                        new Resize(Mode.PAD, 200, 100, 0, 0, 0, true, 0xFF8000),
                        new Crop(3, 4, 1, 2, Gravity.SE),
                        new Quality(80, false)),
                operations);
    }

    @Test
    void equalProcessesHaveOneSpellingThatReadsBack() {
        String one =
                ProcessParser.parse("image/resize,w_200,h_100/format,JPG").process().canonical();
        String two =
                ProcessParser.parse("image/resize,h_100,w_200/format,jpg").process().canonical();
        assertEquals(one, two);
        assertEquals(one, ProcessParser.parse(one).process().canonical());
    }

    /** Each line is one process in several spellings. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "image/resize,w_60 image/resize,w_0060 image/resize,m_lfit,limit_1,w_60 image//resize,w_60",
                "image/resize,h_1,w_2 image/resize,w_2,h_1 image/resize,limit_1,color_ffffff,w_2,h_1",
                "image/crop,w_1,g_se image/crop,g_SE,w_1,x_0",
                "image/watermark,text_SGk image/watermark,size_40,text_SGk=,g_se,t_100,color_000000",
                "image/watermark,text_SGk,image_YQ image/watermark,image_YQ==,align_2,order_0,text_SGk",
                "image/watermark,image_YQ,P_30 image/watermark,image_YT94LW9zcy1wcm9jZXNzPWltYWdlL3Jlc2l6ZSxQXzMw",
                "image/rotate,90/format,jpg image/rotate,0090/format,JPEG",
                "image/quality,Q_7 image/quality,Q_07,q_9",
                "video/snapshot,t_7 video/snapshot,t_0007,f_jpg,ar_auto,w_0"
            })
    void oneProcessInSeveralSpellingsIsOne(String spellings) {
        String[] each = spellings.split(" ");
        String one = ProcessParser.parse(each[0]).process().canonical();
        for (String other : each) {
            assertEquals(one, ProcessParser.parse(other).process().canonical(), other);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "image/resize,m_pad,h_100,w_200,color_FF8000,limit_0/crop,x_1,y_2,w_3,h_4,g_se",
                "image/resize,l_100,s_50/indexcrop,y_10,i_2/circle,r_9/rounded-corners,r_8",
                "image/auto-orient,0/rotate,45/blur,r_3,s_2/bright,-5/contrast,7/sharpen,60",
                "image/interlace,1/quality,q_50/format,heic/info",
                "image/watermark,text_SGk,type_d3F5LW1pY3JvaGVp,color_FF0000,size_9,shadow_5,rotate_9",
                "image/watermark,image_YQ,P_9,t_50,g_nw,x_1,y_2,voffset_-3,fill_1,padx_4,pady_5",
                "image/watermark,image_YQ,text_SGk,order_1,align_0,interval_9/average-hue",
                "image/watermark,image_YT94LW9zcy1wcm9jZXNzPWltYWdlL3JvdGF0ZSw5MC9yZXNpemUsUF8zMA",
                "video/snapshot,t_5,w_6,h_7,m_fast,f_png,ar_w",
                "image/resize,p_50",
                "image/quality,Q_50"
            })
    void theOneSpellingReadsBackToTheSame(String text) {
        MediaProcess process = ProcessParser.parse(text).process();
        MediaProcess again = ProcessParser.parse(process.canonical()).process();
        assertEquals(process, again);
        if (process instanceof MediaProcess.Image image) {
            assertEquals(
                    image.operations(),
                    assertInstanceOf(MediaProcess.Image.class, again).operations());
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "image/resize,w_0",
                "image/resize,w_16385",
                "image/resize,w_-1",
                "image/resize,w_1e3",
                "image/resize,w_",
                "image/resize,w_99999999999",
                "image/resize,p_1001",
                "image/resize,w_10,m_cover",
                "image/resize,w_10,limit_2",
                "image/resize,w_10,color_FFF",
                "image/resize,w_10,z_1",
                "image/crop,w_10,g_middle",
                "image/crop,x_-1",
                "image/quality,q_0",
                "image/quality,Q_101",
                "image/format,svg",
                "image/rotate,361",
                "image/auto-orient,2",
                "image/blur,r_51,s_1",
                "image/bright,101",
                "image/sharpen,49",
                "image/indexcrop,x_10,y_10,i_0",
                "image/circle,r_4097",
                "image/explode,1",
                "video/snapshot,t_-1",
                "video/snapshot,t_1,f_gif",
                "video/snapshot,t_1,m_slow",
                "video/cut,t_1",
                "audio/convert",
                "image/watermark,text_****",
                "image/watermark,text_SGk,order_1",
                "image/watermark,image_SGk,interval_1",
                "image/watermark,text_SGk,image_SGk,align_3",
                "image/watermark,text_SGk,padx_4097",
                "video/snapshot,t_1,ar_x",
                "image/resize,w_10|sys/run"
            })
    void whatIsOutOfRangeIsRefusedAtOnce(String process) {
        RefusedException e =
                assertThrows(RefusedException.class, () -> ProcessParser.parse(process));
        assertEquals(400, e.status());
        assertEquals("InvalidArgument", e.code(), e.text());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "image/",
                "image/resize",
                "image/resize,limit_1",
                "image/quality",
                "image/rotate",
                "image/format",
                "image/circle",
                "video/snapshot",
                "image/resize,w_1|sys/saveas,b_YQ"
            })
    void whatIsMissingIsNamed(String process) {
        RefusedException e =
                assertThrows(RefusedException.class, () -> ProcessParser.parse(process));
        assertEquals("MissingArgument", e.code(), e.text());
    }

    @Test
    void aStyleThatNobodyMadeIsNotFound() {
        RefusedException e =
                assertThrows(RefusedException.class, () -> ProcessParser.parse("style/thumb"));
        assertEquals(404, e.status());
        assertEquals("NoSuchStyle", e.code());
    }

    @Test
    void aWatermarkNamesItsImageAndItsOwnProcess() {
        String key = base64("logos/a.png?x-oss-process=image/resize,P_30/rotate,90");
        var mark =
                assertInstanceOf(
                        ImageWatermark.class,
                        image("image/watermark,image_" + key + ",g_nw,t_50,x_0").getFirst());
        assertEquals("logos/a.png", mark.key());
        assertEquals(30, mark.percent());
        assertEquals(List.of(new ImageOperation.Rotate(90)), mark.process());
        assertEquals(
                new ImageOperation.Placement(50, Gravity.NW, 0, 10, 0, Optional.empty()),
                mark.placement());
    }

    @Test
    void snapshotsAndTargetsAreRead() {
        MediaProcess.Request request =
                ProcessParser.parse(
                        "video/snapshot,t_7000,f_png,w_800,m_fast,ar_auto|sys/saveas,o_"
                                + base64("out/é.png")
                                + ",b_"
                                + base64("other"));
        var snapshot = assertInstanceOf(MediaProcess.Snapshot.class, request.process());
        assertEquals(7000, snapshot.timeMillis());
        assertEquals(800, snapshot.width());
        assertEquals(0, snapshot.height());
        assertEquals(ImageFormat.PNG, snapshot.format());
        assertTrue(snapshot.fast() && snapshot.turn() == MediaProcess.Turn.AUTO);
        assertEquals(
                Optional.of(new MediaProcess.SaveAs("out/é.png", Optional.of("other"))),
                request.saveAs());
    }

    @Test
    void lengthAndNumberAreBounded() {
        assertThrows(
                RefusedException.class, () -> ProcessParser.parse("image/" + "x".repeat(9000)));
        assertThrows(
                RefusedException.class,
                () -> ProcessParser.parse("image" + "/rotate,1".repeat(33)));
    }

    /** Source 400×300 unless given; the expected sizes are the service's documented arithmetic. */
    @ParameterizedTest
    @CsvSource(
            delimiter = ' ',
            value = {
                "resize,w_100 400 300 100 75 100 75",
                "resize,h_100 400 300 133 100 133 100",
                "resize,w_100,h_100 400 300 100 75 100 75",
                "resize,m_mfit,w_100,h_100 400 300 133 100 133 100",
                "resize,m_fill,w_100,h_100 400 300 133 100 100 100",
                "resize,m_pad,w_100,h_100 400 300 100 75 100 100",
                "resize,m_fixed,w_100,h_100 400 300 100 100 100 100",
                "resize,m_fixed,h_100 200 100 100 100 100 100",
                "resize,m_fill,w_50 400 300 67 50 50 50",
                "resize,w_800 400 300 400 300 400 300",
                "resize,w_800,limit_0 400 300 800 600 800 600",
                "resize,m_pad,w_800,h_800 400 300 400 300 400 300",
                "resize,m_fixed,w_401,h_10 400 300 400 300 400 300",
                "resize,p_50 400 300 200 150 200 150",
                "resize,p_200 400 300 800 600 800 600",
                "resize,l_100 400 300 100 75 100 75",
                "resize,l_100 300 400 75 100 75 100",
                "resize,s_100 400 300 133 100 133 100",
                "resize,l_100,s_50 400 300 67 50 67 50",
                "resize,w_100,l_50 400 300 100 75 100 75",
                "resize,w_1 1 30000 1 30000 1 30000",
                "resize,h_1 10000 10 1000 1 1000 1"
            })
    void resizeArithmetic(
            String process, int w, int h, int scaledW, int scaledH, int outW, int outH) {
        assertEquals(new Geometry.Scaled(scaledW, scaledH, outW, outH), resize(process, w, h));
    }

    @Test
    void resultsAreBounded() {
        RefusedException e =
                assertThrows(
                        RefusedException.class,
                        () -> resize("resize,w_8192,h_8192,m_fixed,limit_0", 100, 100));
        assertEquals("ImageTooLarge", e.code());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ' ',
            value = {
                "crop,w_100,h_50 0 0 100 50", "crop,w_100,h_50,g_north 150 0 100 50",
                "crop,w_100,h_50,g_ne 300 0 100 50", "crop,w_100,h_50,g_west 0 125 100 50",
                "crop,w_100,h_50,g_center 150 125 100 50", "crop,w_100,h_50,g_east 300 125 100 50",
                "crop,w_100,h_50,g_sw 0 250 100 50", "crop,w_100,h_50,g_south 150 250 100 50",
                "crop,w_100,h_50,g_se 300 250 100 50",
                        "crop,w_100,h_50,g_se,x_10,y_20 310 270 90 30",
                "crop,x_100,y_100 100 100 300 200", "crop,w_9999,h_10,x_399 399 0 1 10",
                "crop,w_0,h_0 0 0 400 300"
            })
    void cropArithmetic(String process, int x, int y, int w, int h) {
        Crop crop = (Crop) image("image/" + process).getFirst();
        assertEquals(new Geometry.Box(x, y, w, h), Geometry.crop(crop, 400, 300));
    }

    @Test
    void aCropThatStartsOutsideIsRefused() {
        Crop crop = (Crop) image("image/crop,x_400,w_10").getFirst();
        RefusedException e =
                assertThrows(RefusedException.class, () -> Geometry.crop(crop, 400, 300));
        assertEquals("BadRequest", e.code());
        assertEquals("Advance cut's position is out of image.", e.text());
    }

    private static Geometry.Scaled resize(String process, int width, int height) {
        return Geometry.resize((Resize) image("image/" + process).getFirst(), width, height);
    }

    private static List<ImageOperation> image(String process) {
        return assertInstanceOf(MediaProcess.Image.class, ProcessParser.parse(process).process())
                .operations();
    }

    private static String base64(String text) {
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }
}
