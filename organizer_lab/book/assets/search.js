// The page of the search. The index, the stemmer and the look-up of a word are Sphinx's; the order of
// the pages, the lay words and the list of results are ours. Nothing is fetched, so it works from a
// folder, too.
{
  const SECTIONS = 4; // that are named below a page
  const FEW = 5; // pages: with fewer, those follow that have only half of the words

  let about; // what is known of each page besides the index, by its name
  let stemmer;
  const split = (text) => splitQuery(text.toLowerCase());
  const stem = (word) => stemmer.stemWord(word);
  const idle = (word) => [...stopwords].includes(word);

  // The stems of a text, each once. Words that are everywhere count only where there are no others.
  const stems = (text) => {
    const words = split(text);
    const telling = words.filter((word) => !idle(word));
    return [...new Set((telling.length ? telling : words).map(stem))];
  };

  // How well lay words fit: all words of a phrase were asked for, or a phrase has all that was asked.
  const fit = (phrases, asked) => {
    const scores = phrases.map((phrase) => {
      const words = stems(phrase);
      if (!words.length) return 0;
      if (words.every((word) => asked.includes(word))) return 60 * words.length;
      const inside = asked.length > 1 && asked.every((word) => words.includes(word));
      return inside ? 50 * asked.length : 0;
    });
    return Math.max(0, ...scores);
  };

  const find = (query) => {
    const { docnames, titles, alltitles, indexentries, terms, titleterms } = Search._index;
    const asked = stems(query);
    const pages = new Map(
      docnames.map((page, at) => [page, { page, title: titles[at], score: 0, words: 0, lay: 0, sections: [] }])
    );
    const unknown = [];
    for (const word of asked) {
      // Sphinx would take "constructor", which every object has, for an entry of its index.
      const hits = word in Object.prototype ? [] : Search.performTermsSearch(new Set([word]), new Set());
      // Sphinx also finds a word inside of others: "mony" in "ceremony".
      if (!Object.hasOwn(terms, word) && !Object.hasOwn(titleterms, word)) unknown.push(word);
      const rare = Math.log(1 + docnames.length / hits.length);
      for (const [page, , , , score] of hits) {
        pages.get(page).score += score * rare;
        pages.get(page).words += 1;
      }
    }
    const section = (title, places) => {
      const words = stems(title);
      if (!asked.length || !asked.every((word) => words.includes(word))) return;
      const near = asked.length / words.length;
      for (const [at, id] of places) {
        const result = pages.get(docnames[at]);
        result.score += (id ? 15 : 40) * near;
        result.words = asked.length;
        const anchors = result.sections.map((other) => other.id);
        if (id && !anchors.includes(id)) result.sections.push({ title, id, near });
      }
    };
    Object.entries(alltitles).forEach(([title, places]) => section(title, places));
    // The index has its entries in small letters.
    const term = (entry) => entry.charAt(0).toUpperCase() + entry.slice(1);
    Object.entries(indexentries).forEach(([entry, places]) => section(term(entry), places));
    for (const result of pages.values()) {
      // A page that has all words stands before one that has a rare one of them.
      result.score *= asked.length ? (result.words / asked.length) ** 2 : 0;
      result.lay = fit(about.get(result.page)?.words ?? [], asked);
      result.score += result.lay;
      result.sections.sort((one, other) => other.near - one.near);
    }
    const order = [...about.keys()];
    const all = [...pages.values()]
      .filter((result) => result.score > 0)
      .sort((a, b) => b.score - a.score || order.indexOf(a.page) - order.indexOf(b.page));
    const whole = all.filter((result) => result.lay || result.words >= asked.length);
    // A long question rarely stands on a page word by word, and not on the page that answers it.
    const half = all.filter((result) => result.lay || result.words * 2 >= asked.length);
    return { asked, unknown, results: whole.length < FEW ? half : whole };
  };

  // The number of letters to change, add, leave out or swap.
  const distance = (one, other) => {
    let before, last, now = [...Array(other.length + 1).keys()];
    for (let i = 1; i <= one.length; i++) {
      [before, last, now] = [last, now, [i]];
      for (let j = 1; j <= other.length; j++) {
        const same = one[i - 1] === other[j - 1];
        now[j] = Math.min(last[j] + 1, now[j - 1] + 1, last[j - 1] + (same ? 0 : 1));
        if (i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1])
          now[j] = Math.min(now[j], before[j - 2] + 1);
      }
    }
    return now[other.length];
  };

  // The query with each unknown word replaced by the nearest of the book's own; null without one.
  const meant = (query, unknown) => {
    const { alltitles, indexentries } = Search._index;
    const lay = [...about.values()].flatMap((page) => page.words);
    const texts = [...Object.keys(alltitles), ...Object.keys(indexentries), ...lay];
    const known = [...new Set(texts.flatMap(split))].filter((word) => word.length > 3);
    let better = false;
    const words = split(query).map((word) => {
      if (idle(word) || word.length < 4 || !unknown.includes(stem(word))) return word;
      const most = word.length < 6 ? 1 : 2;
      const near = known
        .map((other) => [distance(word, other), other])
        .filter(([steps]) => steps <= most)
        .sort(([one], [other]) => one - other)[0];
      if (!near || near[1] === word) return word;
      better = true;
      return near[1];
    });
    return better ? words.join(" ") : null;
  };

  const element = (name, text, more = {}) => Object.assign(document.createElement(name), { textContent: text, ...more });
  // A title of a page is HTML in the index.
  const plain = (html) => new DOMParser().parseFromString(html, "text/html").body.textContent;

  const item = ({ page, title, sections }) => {
    const address = page + DOCUMENTATION_OPTIONS.LINK_SUFFIX;
    const known = about.get(page);
    const shown = document.createElement("li");
    shown.append(element("a", plain(title), { href: address, className: "ol-search-page" }));
    if (known?.part) shown.append(element("span", known.part, { className: "ol-search-part" }));
    if (known?.about) shown.append(element("p", known.about));
    if (sections.length) {
      const list = document.createElement("ul");
      for (const { title, id } of sections.slice(0, SECTIONS)) {
        const inner = document.createElement("li");
        inner.append(element("a", title, { href: `${address}#${id}` }));
        list.append(inner);
      }
      shown.append(list);
    }
    return shown;
  };

  const show = (query) => {
    const panel = document.querySelector(".ol-search");
    stemmer = new Stemmer();
    const pages = JSON.parse(document.getElementById("ol-search-data").textContent);
    about = new Map(pages.map((page) => [page.page, page]));
    const { unknown, results } = find(query);
    const count = results.length === 1 ? "1 page" : `${results.length} pages`;
    panel.querySelector(".ol-search-said").textContent = results.length
      ? `${count} for “${query}”, the best first.`
      : `Nothing was found for “${query}”. Try one word, a simpler word, or the lists below.`;
    panel.querySelector(".ol-search-found").replaceChildren(...results.map(item));
    panel.querySelector(".ol-search-help").hidden = results.length > 0;
    const suggestion = panel.querySelector(".ol-search-meant");
    const better = meant(query, unknown);
    suggestion.hidden = better === null;
    if (better !== null)
      suggestion.replaceChildren(
        "Did you mean ",
        element("a", better, { href: `?q=${encodeURIComponent(better)}` }),
        "?"
      );
    document.title = `“${query}” – ${document.title}`;
  };

  Search.performSearch = (query) => {
    if (Search.hasIndex()) return show(query);
    // The index is the largest part of the page. It comes when somebody asks, and then answers.
    document.querySelector(".ol-search-said").textContent = `Searching for “${query}” …`;
    Search.deferQuery(query);
    Search.loadIndex("searchindex.js");
  };
  Search.query = show;
}
