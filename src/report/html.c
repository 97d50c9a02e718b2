/* The report as one self-contained page. */
#include <string.h>

#include "report/exporters.h"
#include "report/html_data.h"

enum err report_html(const struct gap *g, const struct style *style, FILE *out)
{
	struct text data = {0};
	enum err e = html_data_write(g, &data);

	(void)style;
	if (e == ERR_OK) {
		fputs(html_page_start, out);
		fputs(html_page_middle, out);
		fwrite(data.at, 1, data.n, out);
		fputs(html_page_end, out);
	}
	text_release(&data);
	return e;
}
