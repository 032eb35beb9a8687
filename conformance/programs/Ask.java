import java.net.HttpURLConnection;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;

/** Asks WeChat with both clients of the JDK. */
class Ask {
    static final String URL = "https://api.mch.weixin.qq.com/v3/certificates?by=java";

    public static void main(String[] arguments) throws Exception {
        var old = (HttpURLConnection) URI.create(URL).toURL().openConnection();
        var request = HttpRequest.newBuilder(URI.create(URL)).header("Accept", "application/json").build();
        var answer = HttpClient.newHttpClient().send(request, BodyHandlers.discarding());
        if (old.getResponseCode() != answer.statusCode()) {
            throw new IllegalStateException("the two clients were told different things");
        }
        System.out.println(answer.statusCode());
    }
}
