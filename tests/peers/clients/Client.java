// SPDX-License-Identifier: MIT OR GPL-2.0-only
// Java's HttpClient, which offers HTTP/2 by Upgrade: see test_languages.py.
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.security.MessageDigest;

public class Client {
	static final HttpClient client = HttpClient.newHttpClient();

	static HttpResponse<byte[]> ask(String address, String... fields) throws Exception {
		HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(address));
		if (fields.length > 0)
			request.headers(fields);
		return client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
	}

	static String digest(byte[] content) throws Exception {
		StringBuilder text = new StringBuilder();
		for (byte one : MessageDigest.getInstance("SHA-256").digest(content))
			text.append(String.format("%02x", one));
		return text.toString();
	}

	public static void main(String[] arguments) throws Exception {
		String url = arguments[0];
		HttpResponse<byte[]> whole = ask(url + "/big");
		String tag = whole.headers().firstValue("ETag").get();
		System.out.println(whole.statusCode() + " " + digest(whole.body()));
		HttpResponse<byte[]> rest = ask(url + "/big", "Range", "bytes=" + arguments[1] + "-",
			"If-Range", tag);
		System.out.println(rest.statusCode() + " " + digest(rest.body()));
		System.out.println(ask(url + "/big", "If-None-Match", tag).statusCode());
		System.out.println(ask(url + "/page.html?a%5B%5D=1&b=%7B2%7D").statusCode());
	}
}
